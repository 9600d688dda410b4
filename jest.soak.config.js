import config from './jest.config.js';

/** The tests that take minutes to hours: npm run test:soak. Not part of npm test. */
export default {
  ...config,
  roots: ['<rootDir>/test/soak'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 3 * 3600_000,
};
