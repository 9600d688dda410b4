import { readFile, writeFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { AppModule, features, resources } from '../app.module.js';
import { apiPrefix } from '../app.js';
import { describeService } from '../openapi.js';
import { readSettings } from '../platform/config/read-settings.js';
import { createHttpAdapter } from '../platform/http/http-server.js';
import { createLogger } from '../platform/http/logging/logger.js';

const file = 'openapi.json';

/** The document's text. In preview nothing is instantiated, so no database is needed. */
async function openApi(): Promise<string> {
  const address = { url: '', migrationUrl: '' };
  const app = await NestFactory.create(
    AppModule.of(readSettings({}), { policy: address, market: address }, features),
    createHttpAdapter({ logger: createLogger({ level: 'silent' }) }),
    { preview: true, logger: false },
  );
  app.setGlobalPrefix(...apiPrefix);
  return `${JSON.stringify(describeService(app, resources), null, 2)}\n`;
}

const text = await openApi();
if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== text) {
    console.error(
      `${file} is not what the code describes: run npm run openapi, and commit it with the change.`,
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(file, text);
  console.log(`Wrote ${file}.`);
}
