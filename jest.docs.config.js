import config from './jest.config.js';

/** The documentation page in a browser, CHROMIUM or /usr/bin/chromium: npm run test:docs. Not part of npm test. */
export default {
  ...config,
  roots: ['<rootDir>/test/docs'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
};
