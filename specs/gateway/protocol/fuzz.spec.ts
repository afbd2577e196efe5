/** Messages that are none of the protocol's, to both ends' decoders: a message or what is wrong with it, never more memory than it warrants. */
import { getHeapStatistics } from 'node:v8';
import { afterAll, describe, expect, it } from '@jest/globals';
import type * as E from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import { encodeAppendMessage } from '../../../lib/gateway/protocol/append-message.js';
import { decodeAppendMessage } from '../../../lib/gateway/protocol/decode-append-message.js';
import { decodeArrayMessage, encodeArrayMessage } from '../../../lib/gateway/protocol/array-message.js';
import { decodeBlockMessage, encodeBlockMessage } from '../../../lib/gateway/protocol/block-message.js';
import { decodeClientMessage, decodeHello } from '../../../lib/gateway/protocol/client-messages.js';
import { encodePart, PartAssembler } from '../../../lib/gateway/protocol/parts.js';
import { decodeServerMessage } from '../../../lib/gateway/protocol/server-messages.js';
import { isInvalidArgument } from '../../../lib/index.js';
import { errorFromJson } from '../../../lib/wire/error-json.js';
import { anyJson, jsonText, utf8 } from '../../wire/fuzz/fuzzing.js';
import { anyBlock, anyId, anyKey, anyNumber, anyWindow } from './samples.js';

/** How many messages each decoder gets: 100,000 in all. */
const shares = { hello: 5_000, client: 20_000, append: 15_000, server: 20_000, errors: 5_000, block: 20_000, array: 7_000, parts: 8_000 } as const;

/** `FUZZ_SEED` brings the same messages back. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** What a small message may keep, and more for each byte of a large one: an entry of one byte takes three numbers. */
const freeBytes = 1 << 20;
const perByte = 32;
/** The memory of typed arrays. */
const memoryOfArrays = (): number => getHeapStatistics().external_memory;

/** Each message is decoded; what comes of it, or is wrong with it, is small enough. */
function fuzz<A extends string | Uint8Array<ArrayBuffer>>(name: keyof typeof shares, messages: fc.Arbitrary<A>, decode: (message: A) => E.Either<unknown, unknown>): void {
  it(`${shares[name]} messages (FUZZ_SEED=${seed})`, () => {
    let decoded = 0;
    const property = fc.property(messages, (message) => {
      const before = memoryOfArrays();
      const outcome = decode(message);
      const taken = memoryOfArrays() - before;
      if (taken > freeBytes + perByte * message.length) throw new Error(`${message.length} bytes took ${taken}`);
      if (outcome._tag === 'Right') decoded++;
      // It goes into a log, or into an error.
      else if (JSON.stringify(outcome.left).length > 4000) throw new Error(`${JSON.stringify(outcome.left).length} characters to say what is wrong`);
    });
    fc.assert(property, { numRuns: shares[name], seed, endOnFailure: process.env['FUZZ_SHRINK'] === undefined });
    // Messages that are never understood would test little.
    expect(decoded).toBeGreaterThan(shares[name] / 50);
    expect(decoded).toBeLessThan(shares[name]);
  }, 300_000);
}

/** Cheaper than arrays of numbers: a message with some bytes changed, or cut, or longer. */
const damaged = (messages: fc.Arbitrary<Uint8Array<ArrayBuffer>>): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.tuple(messages, fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 127, 128, 255, 64, 8)), { maxLength: 3 }), fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -30, max: 30 }) })).map(([message, changes, longer]) => {
    const copy = new Uint8Array(Math.max(0, message.length + longer));
    copy.set(message.subarray(0, copy.length));
    for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  });

/** With hostile numbers where a header has its counts and lengths. */
const withCounts = (messages: fc.Arbitrary<Uint8Array<ArrayBuffer>>, places: readonly number[]): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.tuple(messages, fc.constantFrom(...places), fc.constantFrom(0, 1, 7, 8, 255, 65_535, 100_000, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1)).map(([message, place, count]) => {
    const copy = Uint8Array.from(message);
    if (place + 4 <= copy.length) new DataView(copy.buffer).setUint32(place, count, true);
    return copy;
  });

const noise = (minLength = 0): fc.Arbitrary<Uint8Array<ArrayBuffer>> => fc.uint8Array({ minLength, maxLength: minLength + 80 });

const binary = (whole: fc.Arbitrary<Uint8Array<ArrayBuffer>>, counts: readonly number[]): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.oneof({ weight: 4, arbitrary: damaged(whole) }, { weight: 2, arbitrary: withCounts(whole, counts) }, { weight: 1, arbitrary: noise() }, { weight: 1, arbitrary: noise(56) });

/** Members of messages of both directions, with values that they may or may not have. */
const anyMember = fc.constantFrom('id', 'call', 'args', 'cancel', 'more', 'bytes', 'unwatch', 'ping', 'token', 'bye', 'hello', 'client', 'maxMessage', 'welcome', 'session', 'value', 'error', 'wake', 'wakeAll', 'interrupted', 'follow', 'handle', 'status', 'pong', 'drain', 'expires', '__proto__', 'hasOwnProperty', 'constructor', 'toString', '');
const anyNumbers = fc.constantFrom(0, 1, -1, 0.5, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e300);
const anyValue = fc.oneof({ weight: 4, arbitrary: anyNumbers }, { weight: 3, arbitrary: anyKey }, { weight: 2, arbitrary: fc.array(anyKey, { maxLength: 3 }) }, { weight: 2, arbitrary: anyJson });
const textOf = (members: readonly (readonly [string, unknown])[]): string => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`;
const objects = fc.array(fc.tuple(anyMember, anyValue), { maxLength: 5 }).map(textOf);
/** Right ones, of which something is changed. */
const templates = (...texts: readonly (readonly (readonly [string, unknown])[])[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...texts), fc.array(fc.tuple(anyMember, anyValue), { maxLength: 1 })).map(([members, more]) => textOf([...members, ...more]));
const cut = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.tuple(texts, fc.nat(), fc.string({ maxLength: 2 })).map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));

const deep = fc.constantFrom(1_000, 100_000, 1_000_000).chain((depth) => fc.constantFrom('['.repeat(depth) + ']'.repeat(depth), '{"args":'.repeat(depth), `{"id":1,"call":"heads","args":${'['.repeat(depth)}${']'.repeat(depth)}}`, `{"id":1,"error":${'{"cause":'.repeat(depth)}1${'}'.repeat(depth)}}`));
const long = fc.constantFrom(`{"unwatch":[${'7,'.repeat(30_000)}7]}`, `{"wake":[${'{},'.repeat(30_000)}{}]}`, `{"token":"${'t'.repeat(65_000)}"}`, `{"unwatch":[${'"",'.repeat(20_000)}""]}`);
const texts = (right: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 300, arbitrary: right }, { weight: 300, arbitrary: cut(right) }, { weight: 300, arbitrary: objects }, { weight: 100, arbitrary: anyJson.map(jsonText) }, { weight: 50, arbitrary: fc.string({ unit: 'binary' }) }, { weight: 3, arbitrary: long }, { weight: 1, arbitrary: deep });

describe('the gateway reads, from a client', () => {
  describe('a hello', () => fuzz('hello', texts(templates([['hello', 1]], [['hello', 1], ['token', 't'], ['client', 'c'], ['maxMessage', 65_536]])), decodeHello));
  const requests = templates([['id', 1], ['call', 'heads'], ['args', [[]]]], [['cancel', 7]], [['more', 'k'], ['bytes', 4096]], [['unwatch', ['a', 'b']]], [['ping', 1]], [['token', 't']], [['bye', 1]]);
  describe('a text', () => fuzz('client', texts(requests), decodeClientMessage));

  const append = fc.tuple(anyNumber, fc.array(anyWindow, { maxLength: 2 })).map(([id, windows]) => encodeAppendMessage(id, windows));
  const heads = fc.tuple(fc.oneof(anyJson.map(jsonText), deepHeads()), fc.nat(40)).map(([head, bytes]) => withHead(4, head, bytes));
  describe('windows to append', () => fuzz('append', fc.oneof({ weight: 10, arbitrary: binary(append, [4, 8]) }, { weight: 1, arbitrary: heads }), decodeAppendMessage));
});

describe('a client reads, from its gateway', () => {
  const answers = templates([['id', 1], ['value', null]], [['id', 1], ['error', { name: 'E', message: 'm' }]], [['wake', ['k']]], [['wakeAll', 1]], [['follow', 'k'], ['handle', 7]], [['status', { _tag: 'ready' }]], [['pong', 1]], [['drain', 5]], [['expires', null]]);
  describe('a text', () => fuzz('server', texts(answers), decodeServerMessage));

  const fields = fc.record({ name: fc.string(), message: fc.string(), _tag: fc.constantFrom('ScanNotFound', 'StreamRewound', 'toString', 7), fields: fc.oneof(fc.record({ key: anyValue }), anyJson), cause: anyJson, errors: anyJson, stack: anyJson, retriable: anyJson }, { requiredKeys: ['name', 'message'] });
  describe('an error', () =>
    fuzz('errors', texts(fc.oneof(fields.map((error) => jsonText(error)), fc.constant('{"name":"ScanNotFound","message":"m","_tag":"ScanNotFound","fields":{"key":"k"}}'))), (text) => {
      const message = decodeServerMessage(`{"id":1,"error":${text}}`);
      if (message._tag === 'Left' || !('error' in message.right)) return { _tag: 'Left', left: [] };
      try {
        return { _tag: 'Right', right: errorFromJson(message.right.error) };
      } catch (error) {
        if (!isInvalidArgument(error)) throw error;
        return { _tag: 'Left', left: [] };
      }
    }));

  const block = fc.tuple(anyNumber, fc.boolean(), fc.boolean(), anyId, anyBlock, fc.boolean()).map(([id, answer, last, after, entries, hasIndices]) => encodeBlockMessage({ id, answer, last, after, block: entries, ...(hasIndices ? { indices: Array.from(entries.firsts) } : {}) }));
  describe('a block', () =>
    fuzz('block', binary(block, [32, 36, 40, 44]), (message) => {
      const decoded = decodeBlockMessage(message);
      if (decoded._tag === 'Right') {
        const { firsts, lens, ends, bytes } = decoded.right.block;
        const last = ends.at(-1) ?? 0;
        if (firsts.length !== lens.length || firsts.length !== ends.length || last !== bytes.length || (decoded.right.indices?.length ?? firsts.length) !== firsts.length) throw new Error('arrays of different lengths');
        if (ends.some((end, i) => !(end >= (ends[i - 1] ?? 0)))) throw new Error('an entry ends before it begins');
      }
      return decoded;
    }));

  const array = fc.tuple(anyNumber, fc.constantFrom('uint8' as const, 'float64' as const), fc.nat(9)).map(([id, dtype, n]) => encodeArrayMessage(id, dtype === 'uint8' ? { dtype, shape: [n], data: new Uint8Array(n) } : { dtype, shape: [n], data: new Float64Array(n) }));
  const shapes = fc.tuple(fc.constantFrom('uint8', 'complex128', 'float16', 'object'), fc.array(fc.constantFrom<unknown>(0, 1, 2, -1, 0.5, 2 ** 31, 2 ** 53 - 1, 1e308, null, '2', []), { maxLength: 6 }), fc.constantFrom(0, 1, 2, 16, 32));
  const hostile = shapes.map(([dtype, shape, bytes]) => withHead(3, JSON.stringify({ dtype, shape }), bytes));
  const heads = fc.tuple(fc.oneof(anyJson.map(jsonText), deepHeads()), fc.nat(40)).map(([head, bytes]) => withHead(3, head, bytes));
  describe('an array', () => fuzz('array', fc.oneof({ weight: 10, arbitrary: binary(array, [4, 8]) }, { weight: 5, arbitrary: hostile }, { weight: 1, arbitrary: heads }), decodeArrayMessage));

  // One assembler for all, as a connection that does not end at the first mistake would have: what is kept is bounded by what came.
  let assembler = new PartAssembler(1 << 30);
  let added = 0;
  const part = fc.tuple(noise(1), fc.nat(3), fc.constantFrom(0, 0, 0, 10, 20, 80), fc.integer({ min: 1, max: 80 })).map(([message, number, offset, bytes]) => encodePart(message, number, Math.min(offset, message.length - 1), bytes));
  describe('parts', () =>
    fuzz('parts', binary(part, [4, 8, 12]), (message) => {
      if (++added % 20 === 0) assembler = new PartAssembler(1 << 30);
      return assembler.add(message);
    }));
});

function deepHeads(): fc.Arbitrary<string> {
  return fc.constantFrom('['.repeat(10_000) + ']'.repeat(10_000), `[${'{},'.repeat(5_000)}{}]`, `[{"key":"k","scan":"s","expected":"0-0","entries":[${'[0,0,0],'.repeat(5_000)}[0,0,-1]]}]`, `{"dtype":"uint8","shape":[${'{},'.repeat(5_000)}0]}`);
}

/** A binary message with a head of JSON, as the other end never writes it. */
function withHead(kind: number, text: string, bytes: number): Uint8Array<ArrayBuffer> {
  const head = utf8(text);
  const message = new Uint8Array(16 + Math.ceil(head.length / 8) * 8 + bytes);
  message[0] = kind;
  new DataView(message.buffer).setUint32(8, head.length, true);
  message.set(head, 16);
  return message;
}

afterAll(() => {
  const total = Object.values(shares).reduce<number>((sum, share) => sum + share, 0);
  if (total !== 100_000) throw new Error(`the shares make ${total}`);
});
