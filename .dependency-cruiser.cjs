// Import direction. The order of the layers and the reasons are in ARCHITECTURE.md.
const order = [
  'sm-core',
  'pki',
  'tls',
  'tee-client',
  'security-service-api',
  'kms',
  'seal',
  'model-transfer',
];
const upward = order.slice(0, -1).map((layer, i) => ({
  name: `no-upward-import-from-${layer}`,
  comment: 'a layer imports only layers below it',
  severity: 'error',
  from: { path: `^packages/${layer}/src` },
  to: { path: `^packages/(${order.slice(i + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'seal-and-model-transfer-apart',
      severity: 'error',
      from: { path: '^packages/model-transfer/src' },
      to: { path: '^packages/seal/' },
    },
    {
      name: 'packages-never-import-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'spec-imports-only-spec',
      comment: 'an interface is data and types; it may use the public face of lower packages',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/spec/' },
      to: { path: '^packages/$1/src/', pathNot: '^packages/$1/src/spec/' },
    },
    {
      name: 'conformance-never-imports-adapters',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/conformance/' },
      to: { path: '/src/adapters/' },
    },
    {
      name: 'only-apps-construct-adapters',
      comment:
        'the one written exception is the default engine of sm-core, whose kernel its module test looks at',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/', pathNot: '/src/adapters/' },
      to: { path: '/src/adapters/', pathNot: '^packages/sm-core/src/adapters/(noble|wasm)/' },
    },
    {
      name: 'packages-meet-only-through-exports',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/([^/]+)/src/internal/', pathNot: '^packages/$1/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)node_modules/\\.pnpm/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@cssi/source', 'import', 'node', 'default', 'types'],
    },
  },
};
