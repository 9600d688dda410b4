import { readdirSync, readFileSync } from 'node:fs';
import config from './jest.config.js';

process.env.HMS_TEST_PROXY = 'prism';

/** Tests that need what does not come through Prism as it is sent. What it cannot carry at all goes around it. */
const alteredByPrism = [
  // Parameters named like members of JavaScript's objects are lost, and so is the body null.
  '__proto__',
  'refuses null, which names no member',
  // A body that is a text in JSON is passed on without its quotes.
  'refuses "text", which names no member',
  // Its JSON parser rounds.
  'numbers that JavaScript cannot hold',
  // It writes JSON anew, with other spaces; these compare bytes and their number.
  'answers HEAD as GET',
  'exports what it imported, and takes its exports back',
  // It passes a request on when it has all of it; these look at the service while it comes in.
  'is committed in batches, which stay when the client goes away',
  'takes no more from the client than it can write',
  // It neither tells that its client went away, nor passes on the header Connection.
  'ends the wait of a client that goes away, and refuses a crowd',
  'Prefer: wait ends with the connection of the client',
  'Prefer: wait is answered at once when the service stops',
];
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
