// Fast transform (swc) here; types are checked by `npm run typecheck` and by specs/types.
const shared = {
  // ES modules only, and a test requires: they are translated as well.
  transformIgnorePatterns: ['/node_modules/(?!h5wasm(-plugins)?/)'],
  transform: {
    '/node_modules/h5wasm(-plugins)?/.+\\.m?js$': ['@swc/jest', { jsc: { parser: { syntax: 'ecmascript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^blissdata-rx$': '<rootDir>/lib/index.ts',
    '^blissdata-rx/(browser|operators|kinds|tracker|testing|gateway)$': '<rootDir>/lib/$1.ts',
    '^blissdata-rx/hdf5$': '<rootDir>/lib/files.ts',
    '^h5wasm$': '<rootDir>/node_modules/h5wasm/dist/esm/hdf5_hl.js',
  },
  testEnvironment: 'node',
};

export default {
  // Two cores are the reference machine: one Redis and one worker beside it leave nothing idle.
  maxWorkers: 2,
  // Real servers and processes on a busy machine: longer than anything takes, so that only what hangs is ended by it.
  testTimeout: 60_000,
  // What the tests of faults have measured is printed after the last file.
  reporters: ['<rootDir>/specs/faults/reporter.mjs', 'default'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/specs/{model,wire,retry,reading,memory,operators,gateway/protocol,gateway/client,gateway/relay}/**/*.spec.ts', '<rootDir>/specs/*.spec.ts', '<rootDir>/marbles/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'types',
      testMatch: ['<rootDir>/specs/types/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'real',
      testMatch: ['<rootDir>/specs/{contract,redis,server,cli,gateway/http,store,scan,stream,tracker,kinds,files,node,interop,faults,bench,examples,browser}/**/*.spec.ts'],
      globalSetup: '<rootDir>/specs/support/before-all.mjs',
    },
  ],
};
