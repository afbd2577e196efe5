/** Replies of XREAD that were damaged on the way, or are none. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ReplyParser, type BulkReply } from '../../../lib/redis/bulk/reply-parser.js';
import { MalformedReply } from '../../../lib/redis/bulk/token-reader.js';
import { sealId } from '../../../lib/wire/stream-id.js';
import { damaged, fuzz, utf8 } from './fuzzing.js';

const bulk = (text: string): string => `$${utf8(text).length}\r\n${text}\r\n`;
const field = fc.tuple(fc.constantFrom('payload', 'payload', 'len', 'id', 'x'), fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('1', '7', '', '-1', '9'.repeat(30), '\r\n$1\r\n')));
const entry = fc
  .tuple(fc.oneof(fc.nat(100).map((n) => `${n}-1`), fc.constantFrom(sealId, '', '-', 'x')), fc.array(field, { minLength: 1, maxLength: 3 }))
  .map(([id, fields]) => `*2\r\n${bulk(id)}*${fields.length * 2}\r\n${fields.map(([name, value]) => bulk(name) + bulk(value)).join('')}`);
const list = (items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;
const stream = fc.tuple(fc.constantFrom('s', 'esrf:stream:01J0', ''), fc.array(entry, { maxLength: 4 })).map(([key, entries]) => list([bulk(key), list(entries)]));
const reply = fc.oneof({ weight: 6, arbitrary: fc.array(stream, { maxLength: 3 }).map(list) }, { weight: 1, arbitrary: fc.constantFrom('*-1\r\n', '*0\r\n', '-ERR x\r\n', '+OK\r\n') });
const replies = fc.array(reply, { minLength: 1, maxLength: 3 }).map((each) => each.join(''));

/** Any number in it made another one. */
const promising = fc
  .tuple(replies, fc.nat(), fc.constantFrom('-1', '-2', '-', '', '0', '1', '2', '3', '16385', '400000000', '536870912', '2000000000', '9007199254740993', '9'.repeat(40), '0'.repeat(40), '1'.repeat(400)))
  .map(([text, which, number]) => {
    const places = [...text.matchAll(/(?<=[*$])-?\d+(?=\r\n)/g)];
    const place = places[which % Math.max(places.length, 1)];
    return place === undefined ? text : text.slice(0, place.index) + number + text.slice(place.index + place[0].length);
  });
const soup = fc.array(fc.constantFrom('*', '$', '-', '+', '\r\n', '\n', '1', '2', '9', '*2\r\n', '$7\r\npayload\r\n', '$3\r\nlen\r\n', '$3\r\n1-1\r\n', '$1\r\ns\r\n', '*1\r\n', '%', '_\r\n'), { maxLength: 50 }).map((parts) => parts.join(''));

interface Input {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
}

/** Blocks hold what they say. */
const isSound = (answer: BulkReply): boolean =>
  answer._tag !== 'blocks' ||
  answer.blocks.every(({ firsts, lens, ends, bytes }) => firsts.length === ends.length && lens.length === ends.length && ends.every((end, i) => end >= (ends[i - 1] ?? 0)) && (ends.at(-1) ?? 0) <= bytes.length);

describe('replies of XREAD', () => {
  it.each([
    ['entries that are none', '*1\r\n*2\r\n$1\r\ns\r\n*-1\r\n'],
    ['a payload of less than nothing', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$7\r\npayload\r\n$-1\r\n'],
    ['a payload beyond numbers', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$7\r\npayload\r\n$99999999999999999\r\n'],
    ['a name without a value', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*1\r\n'],
    ['a stream of three parts', '*1\r\n*3\r\n'],
    ['no number', '*\r\n'],
    ['a number without an end', `*${'0'.repeat(30)}`],
    ['an error without an end', `-${'E'.repeat(100_000)}`],
  ])('are refused where they have %s', (_, text) => {
    expect(() => new ReplyParser(() => {}).push(utf8(text))).toThrow(MalformedReply);
  });

  it('have memory for what has come of a payload, not for what it says to be', () => {
    const parser = new ReplyParser(() => {});
    const before = process.memoryUsage().arrayBuffers;
    parser.push(utf8('*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$7\r\npayload\r\n$4000000000\r\nabc'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80e6);
  });

  it('bring payloads that are greater than what there was room for at first', () => {
    const answers: BulkReply[] = [];
    const parser = new ReplyParser((answer) => answers.push(answer));
    const [piece, pieces] = [new Uint8Array(1 << 20).fill(7), 70];
    parser.push(utf8(`*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$7\r\npayload\r\n$${piece.length * pieces}\r\n`));
    for (let i = 0; i < pieces; i++) parser.push(piece);
    parser.push(utf8('\r\n'));
    const [answer] = answers;
    const block = answer?._tag === 'blocks' ? answer.blocks[0] : undefined;
    expect(block?.ends).toEqual(Float64Array.of(piece.length * pieces));
    expect(block?.bytes.length).toBe(piece.length * pieces);
    expect(block?.bytes.every((byte) => byte === 7)).toBe(true);
  });

  it('are read or refused with zeros before a length, wherever they are cut', () => {
    for (const zeros of [1, 2, 18, 60]) {
      const whole = utf8(`*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$${'0'.repeat(zeros)}3\r\n0-1\r\n*2\r\n$7\r\npayload\r\n$1\r\nx\r\n`);
      for (let cut = 1; cut < whole.length; cut++) {
        const answers: BulkReply[] = [];
        const parser = new ReplyParser((answer) => answers.push(answer));
        const push = (): void => {
          for (const part of [whole.slice(0, cut), whole.slice(cut)]) parser.push(part);
        };
        if (zeros > 20) expect(push).toThrow(MalformedReply);
        else {
          push();
          expect(answers.map(({ _tag }) => _tag)).toEqual(['blocks']);
        }
      }
    }
  });

  const bytes = fc.oneof({ weight: 1, arbitrary: replies.map(utf8) }, { weight: 5, arbitrary: damaged(replies.map(utf8)) }, { weight: 4, arbitrary: promising.map(utf8) }, { weight: 1, arbitrary: soup.map(utf8) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) });
  const inputs: fc.Arbitrary<Input> = fc.record({ bytes, cuts: fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 500 })), { minLength: 1, maxLength: 5 }) });
  fuzz('xreadReplies', {
    inputs,
    // A payload that says how long it is has room made for as much as most have, however much that is.
    size: (input) => input.bytes.length + (5 << 20),
    check: ({ bytes: whole, cuts }) => {
      const answers: BulkReply[] = [];
      const parser = new ReplyParser((answer) => answers.push(answer));
      try {
        for (let at = 0, i = 0; at < whole.length; i++) parser.push(whole.slice(at, (at += cuts[i % cuts.length] ?? 1)));
      } catch (error) {
        return answers.every(isSound) && error instanceof MalformedReply;
      }
      return answers.every(isSound);
    },
  });
});
