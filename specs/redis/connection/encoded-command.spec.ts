/** A command that is encoded by hand is the same bytes as one that ioredis encodes. */
import { describe, expect, it } from '@jest/globals';
import { Command } from 'ioredis';
import { CommandEncoder } from '../../../lib/redis/connection/encoded-command.js';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

const samples: readonly (readonly [string, readonly (string | number | Uint8Array)[]])[] = [
  ['no arguments', []],
  ['texts and numbers', ['a', '', 12, 0, 'two words', '\r\n$3\r\nabc\r\n']],
  ['texts beyond ASCII', ['Ω', '–', '🔬', 'é'.repeat(100)]],
  ['bytes', [bytes(), bytes(0), bytes(13, 10, 255), new Uint8Array(70_000).fill(200)]],
  ['both', ['key', bytes(1, 2), 7, bytes(), bytes(3), 'end']],
  ['a part of a buffer', [bytes(9, 1, 2, 3, 9).subarray(1, 4)]],
];

describe('an encoded command', () => {
  it.each(samples)('has %s as ioredis would send them', (_, args) => {
    const encoder = new CommandEncoder();
    for (const arg of args) {
      if (arg instanceof Uint8Array) encoder.addBytes(arg);
      else encoder.add(arg);
    }
    const theirs = new Command('evalsha', ['sha', ...args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg) : String(arg)))]);
    expect(encoder.command('evalsha', 'sha').toString('latin1')).toBe(Buffer.from(theirs.toWritable(new Object())).toString('latin1'));
  });

  it('may be taken with other first arguments', () => {
    const encoder = new CommandEncoder();
    encoder.add('x');
    expect(String(encoder.command('EVALSHA', 'é'))).toBe('*3\r\n$7\r\nEVALSHA\r\n$2\r\né\r\n$1\r\nx\r\n');
    expect(String(encoder.command('PING'))).toBe('*2\r\n$4\r\nPING\r\n$1\r\nx\r\n');
  });
});
