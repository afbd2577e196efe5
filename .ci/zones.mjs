// What may import what in lib/: the floors of the house.

const reactive = ['rxjs', 'fp-ts', 'io-ts'];
const adapter = ['model', 'ports', 'wire'];
const core = [...adapter, 'retry', 'reading', 'reading/reader'];
const redis = ['connection', 'bulk', 'commands', 'invalidation'].map((folder) => `redis/${folder}`);

/** One file a subpath of the package, beside the folders. */
export const files = Object.fromEntries(['index', 'browser', 'operators', 'kinds', 'files', 'testing', 'tracker', 'gateway'].map((name) => [`${name}.ts`, `lib/${name}.ts`]));

/**
 * The floors of lib/, lowest first, but a folder before the one that it lies in: for each the lower ones that it imports from besides itself, the packages, and whether it may use
 * Node's own modules. Types count as well. What is not listed is refused.
 */
export const zones = {
  model: { packages: reactive },
  ports: { lib: ['model'], packages: ['rxjs'] },
  wire: { lib: ['model', 'ports'], packages: ['fp-ts', 'io-ts'] },
  retry: { lib: adapter, packages: reactive },
  'reading/reader': { lib: [...adapter, 'retry', 'reading'], packages: reactive },
  reading: { lib: [...adapter, 'retry'], packages: reactive },
  stream: { lib: core, packages: reactive },
  scan: { lib: [...core, 'stream'], packages: [...reactive, 'ulid'] },
  kinds: { lib: [...core, 'stream'], packages: reactive },
  store: { lib: [...core, 'stream', 'scan', 'kinds'], packages: reactive },
  operators: { lib: [...core, 'stream', 'scan'], packages: reactive },
  memory: { lib: adapter, packages: reactive },
  'redis/connection': { lib: adapter, packages: [...reactive, 'ioredis'], node: true },
  'redis/bulk': { lib: [...adapter, 'redis/connection'], packages: [...reactive, 'ioredis'], node: true },
  'redis/commands': { lib: [...adapter, 'redis/connection'], packages: [...reactive, 'ioredis'], node: true },
  'redis/invalidation': { lib: [...adapter, 'redis/connection', 'redis/commands'], packages: [...reactive, 'ioredis'], node: true },
  redis: { lib: [...adapter, ...redis], packages: [...reactive, 'ioredis'], node: true },
  files: { lib: adapter, packages: reactive, node: true },
  tracker: { lib: [...core, 'scan', 'store', 'redis', 'redis/connection'], packages: reactive },
  'gateway/protocol': { lib: adapter, packages: ['fp-ts', 'io-ts'] },
  'gateway/client': { lib: [...adapter, 'gateway/protocol'], packages: reactive },
  'gateway/relay': { lib: [...core, 'stream', 'scan', 'kinds', 'gateway/protocol'], packages: reactive },
  browser: { lib: ['model', 'ports', 'store', 'gateway/protocol', 'gateway/client'], packages: reactive },
  node: { lib: ['model', 'ports', 'store', 'redis', 'redis/connection', 'redis/commands', 'gateway/protocol', 'gateway/client'], packages: [...reactive, 'ws'], node: true },
  gateway: { lib: [...core, 'store', 'redis', 'redis/connection', 'files', 'node', 'gateway/protocol', 'gateway/relay'], packages: [...reactive, 'ws', 'ulid'], node: true },
  server: { lib: ['model', 'wire'], packages: reactive, node: true },
  'index.ts': { lib: [...core, 'stream', 'scan', 'store', 'redis', 'redis/connection', 'node'] },
  'browser.ts': { lib: [...core, 'stream', 'scan', 'store', 'browser'] },
  'operators.ts': { lib: ['operators'] },
  'kinds.ts': { lib: ['ports', 'stream', 'kinds'] },
  'files.ts': { lib: ['files'] },
  'testing.ts': { lib: ['memory'] },
  'tracker.ts': { lib: ['tracker'] },
  'gateway.ts': { lib: ['gateway', 'gateway/relay', 'gateway/protocol'] },
  cli: { lib: ['index.ts', 'operators.ts', 'tracker.ts', 'gateway.ts', 'files.ts', 'server', 'model'], packages: [...reactive, 'commander'], node: true },
};
