// Compares openapi.json with the document of the last release, contract/released/openapi.json. Fails where a
// change asks for another version than package.json has: before 1.0 a new minor version for what breaks
// clients, after it a new major one. Two other documents can be named: the old one, and the new one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const [released = 'contract/released/openapi.json', current = 'openapi.json'] = process.argv.slice(2);
if (existsSync(released)) {
  const redocly = 'node_modules/@redocly/cli/bin/cli.js';
  const options = ['--config', 'contract/redocly.yaml', '--fail-on', 'none', '--check-version'];
  const { status } = spawnSync(process.execPath, [redocly, 'diff', released, current, ...options], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  console.log(`Nothing is released yet: there is no ${released}.`);
}
