/** A request that is encoded by hand has the same bytes as one that ioredis encodes. */
import { describe, expect, it } from '@jest/globals';
import { Command } from 'ioredis';
import { RequestBytes } from '../../../lib/redis/connection/request-bytes.js';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

const samples: readonly (readonly [string, readonly (string | number | Uint8Array)[]])[] = [
  ['no arguments', []],
  ['texts', ['a', '', 'two words', '\r\n$3\r\nabc\r\n', 'Ω', '–', '🔬', 'é'.repeat(100)]],
  ['integers', [0, 1, 9, 10, 99, 100, 12_345_678_901, 2 ** 31, Number.MAX_SAFE_INTEGER]],
  ['bytes, copied or not', [bytes(), bytes(0), bytes(13, 10, 255), new Uint8Array(8191).fill(1), new Uint8Array(8192).fill(2), new Uint8Array(200_000).fill(200)]],
  ['all of them', ['key', bytes(1, 2), 7, new Uint8Array(9000).fill(3), bytes(), 'end']],
  ['a part of a buffer', [bytes(9, 1, 2, 3, 9).subarray(1, 4)]],
];

describe('an encoded request', () => {
  it.each(samples)('has %s as ioredis would send them', (_, args) => {
    for (const room of [0, 10, 100, 1 << 20]) {
      const request = new RequestBytes(Buffer.alloc(room));
      request.begin(args.length + 1);
      request.text('echo');
      for (const arg of args) {
        if (typeof arg === 'string') request.text(arg);
        else if (typeof arg === 'number') request.integer(arg);
        else request.payload(arg);
      }
      const theirs = new Command('echo', args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg) : String(arg))));
      expect(Buffer.concat(request.end()).equals(Buffer.from(theirs.toWritable({})))).toBe(true);
    }
  });

  it('has the ids of entries as texts', () => {
    for (const index of [0, 9, 10, 1234, Number.MAX_SAFE_INTEGER]) {
      const [ours, theirs] = [new RequestBytes(Buffer.alloc(0)), new RequestBytes(Buffer.alloc(0))];
      ours.entryId(index);
      theirs.text(`${index}-1`);
      expect(String(Buffer.concat(ours.end()))).toBe(String(Buffer.concat(theirs.end())));
    }
  });
});
