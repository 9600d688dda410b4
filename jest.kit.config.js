import base from './jest.config.js';

/** A module added to a copy of the repository, as docs/adding-a-module.md says: npm run test:kit. */
export default {
  ...base,
  roots: ['<rootDir>/test/kit'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
  setupFilesAfterEnv: [],
  globalSetup: undefined,
  globalTeardown: undefined,
};
