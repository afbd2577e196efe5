/** The contract's raw access to a database in memory. */
import type { MemoryServer } from '../../lib/memory/memory-server.js';
import type { RawAccess } from './opened.js';

export const memoryAccess = (server: MemoryServer): RawAccess => ({
  trim: async (key, index) => server.trim(key, index),
  delete: async (key) => void server.delete(key),
  flush: async () => server.flush(),
  putEntry: async (key, entry) => server.putEntry(key, entry),
  setScanJson: async (key, json) => server.putScanJson(key, json),
  expire: async (keys, seconds) => server.expire(keys, seconds * 1000),
  ttlOf: async (key) => {
    const ms = server.ttlOf(key);
    return ms === null ? null : ms / 1000;
  },
});
