/** The database contract on the database in memory: answering at once, and with a latency. */
import { lastValueFrom, merge } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { databaseContract, type Opened } from './database.contract.js';
import { memoryAccess } from './memory-access.js';

const open = (latency: number) => (): Promise<Opened> => {
  const server = new MemoryServer();
  const database = memoryDatabase({ server, latency });
  const other = memoryDatabase({ server, latency });
  return Promise.resolve({
    database,
    other,
    raw: memoryAccess(server),
    close: () => lastValueFrom(merge(database.close(), other.close()), { defaultValue: undefined }),
  });
};

databaseContract('a database in memory', open(0));
databaseContract('a database in memory with latency', open(2));
