import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { resources } from '../app.module.js';
import { StartupError } from '../platform/config/startup.error.js';
import { withModule } from './new-module/add-to-app.js';
import { moduleFiles } from './new-module/module-files.js';
import { readPlan } from './new-module/read-plan.js';

const appModule = 'src/app.module.ts';

/** Writes a feature module and names it in the application. What is wrong is said before anything is written. */
function writeModule(args: string[]): string {
  const plan = readPlan(args, resources, Date.now());
  const app = withModule(readFileSync(appModule, 'utf8'), plan);
  const files = [...moduleFiles(plan), { path: appModule, text: app }];
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const paths = files.map(({ path }) => path);
  execFileSync(process.execPath, [
    'node_modules/prettier/bin/prettier.cjs',
    '--write',
    '--log-level=warn',
    ...paths,
  ]);
  return [
    `Wrote ${paths.slice(0, -1).join(', ')}, and named the module in ${appModule}.`,
    'Next:',
    '  npm run openapi && npm run client:types   # the contract, with the new routes',
    `  ${`npm test -- src/${plan.plural}`.padEnd(39)}   # what every resource is held to`,
    '  npm run check',
  ].join('\n');
}

try {
  console.log(writeModule(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
