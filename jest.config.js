// Fast transform (swc) here; types are checked by `npm run typecheck` and by specs/types.
const shared = {
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^blissdata-rx$': '<rootDir>/lib/index.ts',
    '^blissdata-rx/(operators)$': '<rootDir>/lib/$1/index.ts',
    '^blissdata-rx/testing$': '<rootDir>/lib/testing.ts',
  },
  testEnvironment: 'node',
};

export default {
  // Two cores are the reference machine: one Redis and one worker beside it leave nothing idle.
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/specs/{model,wire,polling,memory,operators}/**/*.spec.ts', '<rootDir>/specs/*.spec.ts', '<rootDir>/marbles/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'types',
      testMatch: ['<rootDir>/specs/types/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'real',
      testMatch: ['<rootDir>/specs/{contract,redis,server,cli,gateway,store,scan,stream,kinds,interop,faults,bench,examples}/**/*.spec.ts'],
      globalSetup: '<rootDir>/specs/support/before-all.mjs',
    },
  ],
};
