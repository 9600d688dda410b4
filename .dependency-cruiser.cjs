/** The direction of imports. Every rule is an error: a breach fails `npm run check`. */
const layers = ['network', 'config', 'database', 'http', 'auth', 'sync', 'records', 'audit', 'operations'];

/** A platform folder may import itself and the folders before it in `layers`, never one after it. */
const downwards = layers.map((layer, index) => ({
  name: `platform-${layer}-imports-downwards`,
  comment: `platform/${layer} may import only ${layers.slice(0, index + 1).join(', ')}`,
  severity: 'error',
  from: { path: `^src/platform/${layer}/` },
  to: { path: '^src/platform/', pathNot: layers.slice(0, index + 1).map((name) => `^src/platform/${name}/`) },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'features-do-not-import-each-other',
      comment: 'Links between resources are ids; a feature module sees the platform, never a sibling.',
      severity: 'error',
      from: { path: '^src/(?!platform/|tools/)([^/]+)/' },
      to: { path: '^src/(?!platform/)([^/]+)/', pathNot: '^src/$1/' },
    },
    {
      name: 'platform-does-not-import-features',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'features-do-not-import-tools-or-app',
      severity: 'error',
      from: { path: '^src/(?!platform/|tools/)[^/]+/' },
      to: { path: '^src/(tools/|[^/]+\\.ts$)' },
    },
    {
      name: 'records-only-through-their-store',
      comment: 'A plain findOneBy({ id }) returns another agency’s row; RecordStore asks for the caller’s.',
      severity: 'error',
      from: { path: '^src/(?!platform/|tools/)[^/]+/', pathNot: '\\.entity\\.ts$|/migrations/' },
      to: { path: 'node_modules/(@nestjs/)?typeorm/' },
    },
    ...downwards,
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench|examples)/' },
    },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    exclude: { path: '^dist/' },
  },
};
