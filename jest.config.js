/** Tests are ES modules, compiled by swc with the decorators' metadata that Nest and TypeORM read. */
export default {
  rootDir: '.',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  // The long ones: npm run test:soak and test:kit. What needs a browser: npm run test:docs.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/soak/',
    '<rootDir>/test/docs/',
    '<rootDir>/test/kit/',
  ],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
  // Every answer of the service is held against openapi.json.
  setupFilesAfterEnv: ['<rootDir>/test/support/contract/fail-on-violations.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  testTimeout: 60_000,
  // Each worker has a database server of its own.
  maxWorkers: 2,
};
