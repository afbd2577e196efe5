/** Requests that are encoded here are, byte for byte, those that ioredis would send. */
import { describe, expect, it } from '@jest/globals';
import { Command } from 'ioredis';
import { copiedBytes, RequestBytes } from '../../../lib/redis/connection/request-bytes.js';
import { randomly } from '../random.js';

const joined = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('latin1');

const byIoredis = (name: string, args: readonly (string | number | Buffer)[]): string => {
  const written = new Command(name, [...args]).toWritable({});
  return (typeof written === 'string' ? Buffer.from(written) : written).toString('latin1');
};

const payloadOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

describe('a request', () => {
  const integers = [0, 1, 9, 10, 99, 100, 12345, 999_999, 1_000_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

  it.each(integers)('holds the integer %d', (value) => {
    const request = new RequestBytes(Buffer.alloc(1000));
    request.begin(3);
    request.text('GET');
    request.integer(value);
    request.entryId(value);
    expect(joined(request.end())).toBe(byIoredis('GET', [String(value), `${value}-1`]));
  });

  it.each(['', 'a', 'esrf:stream:01J', 'ünï—çødé 🎈'])('holds the text "%s"', (text) => {
    const request = new RequestBytes(Buffer.alloc(8));
    request.begin(2);
    request.text('GET');
    request.text(text);
    expect(joined(request.end())).toBe(byIoredis('GET', [text]));
  });

  it('is the same whatever its buffer has room for, with payloads of all sizes', () => {
    const random = randomly(13);
    for (let i = 0; i < 300; i++) {
      const payloads = Array.from({ length: random.upTo(12) }, () => payloadOf(random.upTo(random.of([10, 100, 1000, 30_000])) - 1));
      const request = new RequestBytes(Buffer.alloc(random.upTo(20_000)));
      request.begin(1 + 2 * payloads.length);
      request.text('XADD');
      for (const [at, payload] of payloads.entries()) {
        request.integer(at);
        request.payload(payload);
      }
      expect(joined(request.end())).toBe(byIoredis('XADD', payloads.flatMap((payload, at) => [String(at), Buffer.from(payload)])));
    }
  });

  it('does not copy large payloads, and cuts between commands', () => {
    const large = payloadOf(100_000);
    const small = payloadOf(100);
    expect([copiedBytes(large), copiedBytes(small)]).toEqual([0, 100]);
    const request = new RequestBytes(Buffer.alloc(1000));
    const pieces = [large, small, large].map((payload) => {
      request.begin(2);
      request.text('SET');
      request.payload(payload);
      return request.cut();
    });
    pieces.push(request.end());
    expect(pieces.flat().filter(({ buffer }) => buffer === large.buffer)).toHaveLength(2);
    expect(joined(pieces.flat())).toBe([large, small, large].map((payload) => byIoredis('SET', [Buffer.from(payload)])).join(''));
  });
});
