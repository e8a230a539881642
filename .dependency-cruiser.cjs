// Import rules of architecture.md: functions -> core -> ports -> model <- adapters; infra and functions/*/index.ts wire.
const fail = (name, from, to) => ({ name, severity: 'error', from, to });
const wiring = '(^infra/|^functions/[^/]+/index\\.ts$)';

module.exports = {
  forbidden: [
    fail('model-is-a-leaf', { path: '^shared/model/' }, { pathNot: '^shared/model/' }),
    fail('ports-see-only-model', { path: '^shared/ports/' }, { pathNot: '^shared/(ports|model)/' }),
    fail(
      'core-sees-only-ports-and-model',
      { path: '^shared/core/' },
      { path: '^(shared|functions|infra)/', pathNot: '^shared/(core|ports|model)/' },
    ),
    fail(
      'rules-do-no-io',
      { path: '^(shared/core/|functions/[^/]+/(?!index\\.ts$))' },
      {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'core'],
        pathNot: '^(node:)?(crypto|buffer)$|node_modules/ajv/dist/runtime/',
      },
    ),
    fail(
      'adapters-see-ports-model-and-signing',
      { path: '^shared/adapters/([^/]+)/' },
      {
        path: '^(shared|functions|infra)/',
        pathNot: '^shared/(ports|model|core/signing|adapters/$1)/',
      },
    ),
    fail(
      'bridge-sees-core-and-the-mqtt-adapter',
      { path: '^shared/bridge/' },
      {
        path: '^(shared|functions|infra)/',
        pathNot: '^shared/(bridge|core|ports|model|adapters/mqtt)/',
      },
    ),
    fail(
      'only-wiring-names-adapters-and-runtime',
      { path: '^(functions|shared)/', pathNot: `(^shared/(adapters|runtime|bridge)/|${wiring})` },
      { path: '^shared/(adapters|runtime)/' },
    ),
    fail(
      'functions-are-islands',
      { path: '^functions/([^/]+)/' },
      { path: '^functions/', pathNot: '^functions/$1/' },
    ),
    fail('no-cycles', {}, { circular: true }),
    fail(
      'product-never-imports-tests',
      { path: '^(functions|shared|infra)/' },
      { path: '^(test|bench|events)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
