/** The error of a writer whose points are not all there when it seals. */
import { describe, expect, it } from '@jest/globals';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { numeric } from '../../lib/wire/encoding/encoders.js';
import { DataStore } from '../../lib/index.js';
import { publishing, type Published } from '../scan/publishing.js';

async function opened(): Promise<Published<'int32'> & { readonly server: MemoryServer }> {
  const server = new MemoryServer();
  return { server, ...(await publishing(DataStore.over(memoryDatabase({ server })), numeric('int32'))) };
}

const rewound = (expected: number, found: number): unknown => expect.objectContaining({ _tag: 'StreamRewound', expected, found });

describe('seal', () => {
  it('is StreamRewound where the server came back without points that were acknowledged', async () => {
    const { server, writer } = await opened();
    writer.sendBatch([1, 2]);
    await writer.flush();
    const saved = server.save();
    writer.sendBatch([3, 4, 5]);
    await writer.flush();
    server.restart({ data: saved });
    await expect(writer.seal()).rejects.toEqual(rewound(5, 2));
    expect(() => writer.send(6)).toThrow(expect.objectContaining({ _tag: 'StreamRewound' }));
  });

  it('is StreamRewound where it came back without the stream', async () => {
    const { server, writer } = await opened();
    const saved = server.save();
    writer.sendBatch([1, 2]);
    await writer.flush();
    server.restart({ data: saved });
    await expect(writer.seal()).rejects.toEqual(rewound(2, 0));
  });

  it('is of all points where they were trimmed off', async () => {
    const { server, writer } = await opened();
    writer.sendBatch([1, 2]);
    await writer.flush();
    server.trim(writer.key, Infinity);
    expect(await writer.seal()).toBe(2);
  });
});
