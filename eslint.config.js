// Lint: strict typed rules, RxJS pitfalls, and the direction in which data may flow between the folders of lib/.
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import boundaries from 'eslint-plugin-boundaries';
import importX from 'eslint-plugin-import-x';
import rxjsX from 'eslint-plugin-rxjs-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { finnish } from './.ci/finnish.mjs';
import { noCycle } from './.ci/no-cycle.mjs';
import { files, zones } from './.ci/zones.mjs';

// --- What may import what: see .ci/zones.mjs ------------------------------------------------------------------

const folders = Object.keys(zones).filter((zone) => !(zone in files));

const entity = (name) => (name in files ? { file: { categories: name } } : { element: { type: name } });

const policies = Object.entries(zones).flatMap(([zone, { lib = [], packages = [], node = false }]) => {
  const from = entity(zone);
  return [
    ...[zone, ...lib].map((name) => ({ from, allow: { to: entity(name) } })),
    ...packages.map((source) => ({ from, allow: { to: { module: { origin: 'external', source } } } })),
    ...(node ? [{ from, allow: { to: { module: { origin: 'core' } } } }] : []),
  ];
});

const boundarySettings = {
  'boundaries/root-path': import.meta.dirname,
  'boundaries/legacy-templates': false,
  'boundaries/elements': folders.map((type) => ({ type, pattern: `lib/${type}`, partialMatch: false })),
  'boundaries/files': Object.entries(files).map(([category, pattern]) => ({ category, pattern })),
  'import/resolver': { typescript: { alwaysTryTypes: true } },
};

// --- Syntax that is refused ----------------------------------------------------------------------------------

const everywhere = [
  { selector: 'TSAsExpression > TSAsExpression', message: 'A double cast silences the compiler: decode the value or type it right.' },
  { selector: 'CatchClause > BlockStatement[body.length=0]', message: 'An empty catch hides a failure: handle it or let it pass.' },
  {
    selector: 'CallExpression[callee.property.name="catch"] > :matches(ArrowFunctionExpression, FunctionExpression) > BlockStatement[body.length=0]',
    message: 'An empty catch hides a failure: handle it or let it pass.',
  },
];

// `data[i]!` inside a loop over its length is how noUncheckedIndexedAccess is answered; any other `!` is a guess.
const onlyIndexed = {
  selector: 'TSNonNullExpression:not(:has(> MemberExpression[computed=true].expression))',
  message: 'Use `!` only after an index whose bounds the code has just checked.',
};

const unscheduled = [
  { selector: ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]', message: 'Take the time from the injected RxJS scheduler: scheduler.now().' },
  {
    selector: ':matches(CallExpression[callee.name=/^(interval|timer|delay|auditTime|debounceTime|sampleTime|throttleTime)$/][arguments.length=1], CallExpression[callee.name=/^(timestamp|timeInterval)$/][arguments.length=0])',
    message: 'Give it the injected RxJS scheduler, so that virtual time can drive it.',
  },
];
const bare = 'A timer of 2^31 ms or more fires at once: use after, every or doAfter of lib/model/time.ts, which wait for the whole time.';
/** What makes a native timer of unchecked length, directly or through RxJS. */
const timersOfRxjs = 'interval|timer|delay|timeout|timeoutWith|auditTime|bufferTime|debounceTime|sampleTime|throttleTime|windowTime';
const bareTimers = [
  { selector: `CallExpression[callee.name=/^(${timersOfRxjs})$/]`, message: bare },
  { selector: `ImportDeclaration[source.value="rxjs"] > ImportSpecifier[imported.name=/^(${timersOfRxjs})$/]`, message: bare },
  { selector: 'CallExpression[callee.property.name="schedule"][arguments.length>1]', message: bare },
  { selector: 'CallExpression[callee.name=/^(retry|repeat)$/] > ObjectExpression > Property[key.name="delay"]:not([value.type=/Function/]):not([value.type="Identifier"])', message: bare },
  { selector: 'CallExpression[callee.name="shareReplay"][arguments.length>1]', message: bare },
  { selector: 'CallExpression[callee.property.name=/^set(Timeout|Interval)$/]', message: bare },
  { selector: 'ImportDeclaration[source.value=/^(node:)?timers/]', message: bare },
];
const timers = ['setTimeout', 'setInterval'].map((name) => ({ name, message: bare })).concat({ name: 'setImmediate', message: 'Timers go through the injected RxJS scheduler.' });
const nodeGlobals = ['Buffer', 'process', 'global', 'require', '__dirname', '__filename'].map((name) => ({ name, message: 'This folder also has to run where there is no Node.' }));
const clocks = ['Date', 'performance'].map((object) => ({ object, property: 'now', message: 'Take the time from the injected RxJS scheduler: scheduler.now().' }));

const testFunctions = '/^(it|test|describe)$/';
const unskipped = [
  {
    selector: `:matches(MemberExpression[object.name=${testFunctions}], MemberExpression[object.object.name=${testFunctions}])[property.name=/^(only|skip|todo|failing)$/]`,
    message: 'No test is focused, skipped or left for later.',
  },
  { selector: 'CallExpression[callee.name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]', message: 'No test is focused, skipped or left for later.' },
];

// --- The configuration ---------------------------------------------------------------------------------------

const tested = ['specs/**/*.ts', 'marbles/**/*.ts'];
/** Where real time is the subject: starting servers, talking to a terminal, and keeping a socket alive. */
const realTime = ['lib/server/**', 'lib/cli/**', 'lib/redis/connection/**'];
const withNode = folders.filter((zone) => zones[zone].node).map((zone) => `lib/${zone}/**`);
export default defineConfig(
  globalIgnores(['dist/', '.cache/', 'specs/types/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  {
    name: 'blissdata-rx/all files',
    files: ['**/*.{js,mjs,cjs,ts}'],
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      'no-async-promise-executor': 'error',
      'no-case-declarations': 'error',
      'no-cond-assign': 'error',
      'no-constant-binary-expression': 'error',
      'no-debugger': 'error',
      'no-duplicate-case': 'error',
      'no-empty': 'error',
      'no-empty-pattern': 'error',
      'no-fallthrough': 'error',
      'no-loss-of-precision': 'error',
      'no-param-reassign': 'error',
      'no-promise-executor-return': 'error',
      'no-restricted-syntax': ['error', ...everywhere],
      'no-self-assign': 'error',
      'no-self-compare': 'error',
      'no-sparse-arrays': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-unreachable-loop': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-catch': 'error',
      'no-useless-escape': 'error',
      'no-useless-rename': 'error',
      'no-var': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
      'object-shorthand': 'error',
      'preserve-caught-error': 'error',
      'prefer-const': 'error',
    },
  },
  {
    name: 'blissdata-rx/typescript',
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    plugins: { 'import-x': importX, local: { rules: { finnish, 'no-cycle': noCycle } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createTypeScriptImportResolver()],
    },
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': true, 'ts-check': true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/no-generated-empty-object-type': 'off', // an error without fields of its own
      '@typescript-eslint/no-non-null-assertion': 'off', // replaced by `onlyIndexed`
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // `json<T>()` names the type of what will be read
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // What was caught, and the reason of an AbortSignal, is passed on as it came; what begins here is an Error.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      'rxjs-x/throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
      '@typescript-eslint/unified-signatures': ['error', { ignoreDifferentlyNamedParameters: true, ignoreOverloadsWithDifferentJSDoc: true }],
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'import-x/no-useless-path-segments': 'error',
      'local/finnish': 'error',
      'local/no-cycle': 'error',
      'rxjs-x/no-ignored-default-value': 'off', // a port answers once; a default would hide one that does not
    },
  },
  {
    name: 'blissdata-rx/lib',
    files: ['lib/**/*.ts'],
    plugins: { boundaries },
    settings: boundarySettings,
    rules: {
      'boundaries/dependencies': [
        'error',
        { default: 'disallow', checkAllOrigins: true, checkUnknownLocals: true, checkInternals: true, message: 'This may not be imported here: see .ci/zones.mjs.', policies },
      ],
      'boundaries/no-unknown-files': 'error',
      'boundaries/no-unknown-dependencies': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: false, includeTypes: true }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...everywhere, onlyIndexed, ...unscheduled, ...bareTimers],
      'no-restricted-globals': ['error', ...timers, ...nodeGlobals],
      'no-restricted-properties': ['error', ...clocks],
      'rxjs-x/no-ignored-subscription': 'error',
    },
  },
  {
    name: 'blissdata-rx/lib, data from outside',
    files: ['lib/wire/**/*.ts', 'lib/redis/**/*.ts', 'lib/gateway/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-type-assertion': 'error' },
  },
  {
    name: 'blissdata-rx/lib, on Node',
    files: withNode,
    rules: { 'no-restricted-globals': ['error', ...timers] },
  },
  {
    name: 'blissdata-rx/lib, in real time',
    files: realTime,
    rules: { 'no-restricted-syntax': ['error', ...everywhere, onlyIndexed, ...bareTimers], 'no-restricted-globals': ['error', ...timers.filter(({ message }) => message === bare)], 'no-restricted-properties': 'off' },
  },
  {
    name: 'blissdata-rx/lib, the timers themselves',
    files: ['lib/model/time.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, onlyIndexed, ...unscheduled] },
  },
  { name: 'blissdata-rx/command line', files: ['lib/cli/**'], rules: { 'no-console': 'off' } },
  {
    name: 'blissdata-rx/specs and marbles',
    files: tested,
    rules: {
      'no-restricted-syntax': ['error', ...everywhere, ...unskipped],
      'local/finnish': ['error', { require: false }],
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-floating-observables': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-exposed-subjects': 'off',
      'rxjs-x/throw-error': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'blissdata-rx/tests do not sleep',
    files: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', ...['setTimeout', 'setInterval'].map((name) => ({ name, message: 'Wait for the event itself, or run in virtual time.' }))],
      'no-restricted-imports': ['error', { paths: ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'].map((name) => ({ name, message: 'Wait for the event itself, or run in virtual time.' })) }],
    },
  },
  {
    name: 'blissdata-rx/type tests expect errors',
    files: ['specs/types/*.types.ts'],
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': false }],
      '@typescript-eslint/no-unused-vars': 'off', // `typeof folded` is what a case looks at
    },
  },
  {
    name: 'blissdata-rx/examples',
    files: ['examples/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: '^\\.\\.?/.*(lib|dist)/', message: 'Examples import the package by its name, as users do.' }] }],
      'rxjs-x/no-ignored-error': 'off',
    },
  },
);
