/** The contract's requests on a database that cuts its answers short, as one behind a gateway or an output limit does. */
import { afterEach, beforeEach, describe } from '@jest/globals';
import { lastValueFrom, map } from 'rxjs';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import type { Database } from '../../lib/ports/database.js';
import type { Block } from '../../lib/ports/streams.js';
import { memoryAccess } from './memory-access.js';
import type { Opened } from './opened.js';
import { requestsContract } from './requests.contract.js';

const mostEntries = 2;

/** The first entries of a block, which says `more` if any were cut off. */
function cut(block: Block): Block {
  if (block.firsts.length <= mostEntries) return block;
  const { key, firsts, lens, ends, bytes } = block;
  return {
    key,
    firsts: firsts.slice(0, mostEntries),
    lens: lens.slice(0, mostEntries),
    ends: ends.slice(0, mostEntries),
    bytes: bytes.slice(0, ends[mostEntries - 1]),
    more: true,
  };
}

const cutting = (database: Database): Database => ({
  ...database,
  read: (asked) => database.read(asked).pipe(map((blocks) => blocks.map(cut))),
  range: (stream, range) => database.range(stream, range).pipe(map((block) => (range.part === true ? cut(block) : block))),
  unwatch: (keys) => database.unwatch(keys),
  recycle: (block) => database.recycle(block),
  close: () => database.close(),
});

describe('a database that cuts its answers short', () => {
  let opened: Opened | undefined;
  beforeEach(() => {
    const server = new MemoryServer();
    const database = cutting(memoryDatabase({ server }));
    opened = { database, other: database, raw: memoryAccess(server), close: () => lastValueFrom(database.close(), { defaultValue: undefined }) };
  });
  afterEach(() => opened?.close());

  requestsContract(() => {
    if (opened === undefined) throw new Error('no database was opened');
    return opened;
  });
});
