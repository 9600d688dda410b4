import { readdirSync, readFileSync } from 'node:fs';
import config from './jest.config.js';

process.env.HMS_TEST_PROXY = 'prism';

/**
 * What Prism does not pass on as it is: HEAD, parameters named like members of JavaScript's objects, and numbers
 * that its JSON parser rounds.
 */
const alteredByPrism = ['answers HEAD as GET', '__proto__', 'numbers that JavaScript cannot hold'];
/** Tests of the connection itself, its headers and codings, which end at the proxy. */
const ofTheConnection = new Set(['compressed-records.spec.ts', 'http-surface.spec.ts']);

/** The tests of the whole service over HTTP, through Prism as a validating proxy: npm run test:proxy. */
export default {
  ...config,
  roots: ['<rootDir>/test/e2e'],
  testMatch: readdirSync('test/e2e')
    .filter((file) => readFileSync(`test/e2e/${file}`, 'utf8').includes('startApp('))
    .filter((file) => !ofTheConnection.has(file))
    .map((file) => `<rootDir>/test/e2e/${file}`),
  testNamePattern: `^(?!.*(${alteredByPrism.join('|')}))`,
  testTimeout: 120_000,
};
