/** `blissdata-rx/testing`: the in-memory database, for tests of programs that use blissdata-rx. */
export type { Cut } from './memory/connection.js';
export { memoryDatabase, type MemoryDatabase, type MemoryDatabaseOptions } from './memory/memory-database.js';
export { MemoryServer, type Restart } from './memory/memory-server.js';
export type { Snapshot } from './memory/values.js';
