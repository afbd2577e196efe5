/** The parser of bulk replies against ioredis' parser on the same data, however the bytes are cut. */
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ArrivingBytes } from '../../../lib/redis/bulk/arriving-bytes.js';
import { BlockBuilder } from '../../../lib/redis/bulk/block-builder.js';
import { ReplyParser, type BulkReply } from '../../../lib/redis/bulk/reply-parser.js';
import { MalformedReply } from '../../../lib/redis/bulk/token-reader.js';
import { sealId } from '../../../lib/wire/stream-id.js';
import { freshRedis, type FreshRedis } from '../../support/redis.js';

let redis: FreshRedis;

beforeAll(async () => {
  redis = await freshRedis();
}, 300_000);
beforeEach(async () => void (await redis.client.flushall()));
afterAll(() => redis.stop());

const encode = (args: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...args.flatMap((arg) => [Buffer.from(`$${Buffer.byteLength(arg)}\r\n`), Buffer.from(arg), Buffer.from('\r\n')])]);

/** The bytes of one reply: the server closes the connection after QUIT, whose reply is cut off. */
const rawReply = (args: readonly string[]): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const { hostname, port } = new URL(redis.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('data', (piece) => pieces.push(piece)).on('error', reject);
    socket.on('end', () => resolve(Buffer.concat(pieces).subarray(0, -'+OK\r\n'.length)));
    socket.write(Buffer.concat([encode(args), encode(['QUIT'])]));
  });

type Parse = (bytes: Buffer, sizes: readonly number[], rangeInto?: (entries: number) => BlockBuilder | undefined) => readonly BulkReply[];

/**
 * Feeds bytes in pieces of at most the given sizes, repeatedly, as a lending socket does: each to where the parser wants it, mostly the
 * memory of the previous one.
 *
 * @param least how large payloads are that are read to their place
 */
const parseArriving =
  (least: number, between: number): Parse =>
  (bytes, sizes, rangeInto) => {
    const replies: BulkReply[] = [];
    const arriving = new ArrivingBytes(new ReplyParser((reply) => replies.push(reply), undefined, rangeInto), least, between);
    const lent = Buffer.alloc(Math.max(...sizes));
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] ?? 1;
      const destination = arriving.destination(lent).subarray(0, size);
      const copied = bytes.copy(destination, 0, at);
      arriving.take(destination.subarray(0, copied));
      lent.fill('$1');
      at += copied;
    }
    return replies;
  };

const ways: readonly (readonly [string, Parse])[] = [
  ['copied from the lent memory', parseArriving(Infinity, 1)],
  ['read to their place', parseArriving(1, 1)],
  ['read to their place if they are large', parseArriving(30, 7)],
];

/** A description for both parsers: `key index len payload`, and the seals. */
function described(reply: BulkReply | undefined): readonly string[] {
  if (reply?._tag !== 'blocks') return [JSON.stringify(reply)];
  return reply.blocks.flatMap(({ key, firsts, lens, ends, bytes, seal }) => [
    ...Array.from(firsts, (first, i) => `${key} ${first} ${lens[i]} ${Buffer.from(bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i])).toString('hex')}`),
    ...(seal === undefined ? [] : [`${key} sealed at ${seal}`]),
  ]);
}

type BinaryEntries = readonly (readonly [Buffer, readonly Buffer[]])[];
type BinaryReply = readonly (readonly [Buffer, BinaryEntries])[] | null;

function describedByIoredis(reply: BinaryReply): readonly string[] {
  return (reply ?? []).flatMap(([key, entries]) =>
    entries.map(([id, pairs]) => {
      const field = (name: string): Buffer | undefined => {
        for (let i = 0; i < pairs.length; i += 2) if (String(pairs[i]) === name) return pairs[i + 1];
        return undefined;
      };
      if (String(id) === sealId) return `${String(key)} sealed at ${String(field('id'))}`;
      return `${String(key)} ${String(id).split('-')[0]} ${String(field('len') ?? 1)} ${(field('payload') ?? Buffer.alloc(0)).toString('hex')}`;
    }),
  );
}

const nasty = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('\r\n', 'len', 'payload', '$7\r\npayload\r\n', '*2\r\n', '-ERR\r\n', '').map((text) => Buffer.from(text)), fc.uint8Array({ minLength: 5000, maxLength: 70_000 }));
const entry = fc.record({
  payload: nasty.map((bytes) => Buffer.from(bytes)),
  len: fc.integer({ min: 1, max: 3000 }),
  lenFirst: fc.boolean(),
  extra: fc.option(fc.tuple(fc.constantFrom('x', 'lens', 'payloads', 'id'), fc.string()), { nil: undefined }),
});
type Entry = typeof entry extends fc.Arbitrary<infer A> ? A : never;
const stream = fc.record({ entries: fc.array(entry, { maxLength: 30 }), sealed: fc.boolean() });
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 70_000 })), { minLength: 1, maxLength: 10 });

/** The reply of a range, as a block. */
function parseRange(parse: Parse, bytes: Buffer, sizes: readonly number[]): BulkReply {
  const builders: BlockBuilder[] = [];
  const replies = parse(bytes, sizes, (entries) => {
    const builder = new BlockBuilder('range', entries);
    builders.push(builder);
    return builder;
  });
  expect([builders.length, replies]).toEqual([1, [{ _tag: 'entries' }]]);
  return { _tag: 'blocks', blocks: builders.map((builder) => builder.finish()) };
}

/** Adds the entries to a stream, sealed or not. */
async function fill(key: string, { entries, sealed }: { readonly entries: readonly Entry[]; readonly sealed: boolean }): Promise<void> {
  const pipeline = redis.client.pipeline();
  let index = 0;
  for (const { payload, len, lenFirst, extra } of entries) {
    const fields = [['payload', payload], ...(len === 1 ? [] : [['len', String(len)]]), ...(extra === undefined ? [] : [extra])];
    pipeline.call('XADD', [key, `${index}-1`, ...(lenFirst ? fields.reverse() : fields).flat()]);
    index += len;
  }
  if (sealed) pipeline.xadd(key, sealId, 'id', index);
  await pipeline.exec();
}

describe.each(ways)('XREAD replies with payloads %s', (_, parse) => {
  it('decode as ioredis decodes them, whatever is in the streams and wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { minLength: 1, maxLength: 3 }), sizes, fc.integer({ min: 1, max: 40 }), async (streams, cuts, count) => {
        await redis.client.flushall();
        const keys = streams.map((_, i) => `stream:${i}`);
        for (const [i, filling] of streams.entries()) await fill(`stream:${i}`, filling);
        const args = ['COUNT', String(count), 'STREAMS', ...keys, ...keys.map(() => '0-0')];
        const expected = describedByIoredis((await redis.client.callBuffer('XREAD', args)) as BinaryReply);
        const replies = parse(await rawReply(['XREAD', ...args]), cuts);
        expect(replies).toHaveLength(1);
        expect(described(replies[0])).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('decode the same wherever they are cut in two', async () => {
    await redis.client.xadd('some:stream', '0-1', 'payload', 'abc', 'len', '3');
    await redis.client.xadd('some:stream', '3-1', 'note', 'a longer one than the rest', 'payload', '\r\n$1\r\n');
    await redis.client.xadd('some:stream', '4-1', 'payload', '');
    await redis.client.xadd('some:stream', sealId, 'id', '5');
    const bytes = await rawReply(['XREAD', 'STREAMS', 'some:stream', '0-0']);
    const twice = Buffer.concat([bytes, bytes]);
    const whole = described(parse(bytes, [bytes.length])[0]);
    expect(whole).toEqual(['some:stream 0 3 616263', 'some:stream 3 1 0d0a24310d0a', 'some:stream 4 1 ', 'some:stream sealed at 5']);
    for (let cut = 1; cut < twice.length; cut++) expect(parse(twice, [cut, twice.length - cut]).map(described)).toEqual([whole, whole]);
  });

  it('grow as the bytes of a huge payload come, whose length may be wrong', () => {
    const size = (64 << 20) + 100_000;
    const head = `*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$7\r\npayload\r\n$${size}\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(size, 'ab'), Buffer.from('\r\n')]);
    const [reply] = parse(bytes, [1 << 20]);
    expect(reply?._tag === 'blocks' && Buffer.compare(reply.blocks[0]?.bytes ?? new Uint8Array(0), bytes.subarray(head.length, -2))).toBe(0);
  });

  it('hold payloads in memory aligned for typed arrays', async () => {
    await redis.client.xadd('s', '0-1', 'payload', Buffer.alloc(16, 1));
    const [reply] = parse(await rawReply(['XREAD', 'STREAMS', 's', '0-0']), [7]);
    expect(reply?._tag === 'blocks' && reply.blocks[0]?.bytes.byteOffset).toBe(0);
  });

  it('of many requests come one by one, errors, statuses and empty ones among them', () => {
    const bytes = Buffer.from('*-1\r\n-WRONGTYPE no stream\r\n+OK\r\n*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n5-1\r\n*2\r\n$7\r\npayload\r\n$2\r\nab\r\n*-1\r\n');
    for (let size = 1; size <= bytes.length; size++) {
      const replies = parse(bytes, [size]);
      expect(replies.map(({ _tag }) => _tag)).toEqual(['blocks', 'error', 'status', 'blocks', 'blocks']);
      expect(described(replies[3])).toEqual(['s 5 1 6162']);
      expect(replies[1]).toEqual({ _tag: 'error', reply: 'WRONGTYPE no stream' });
    }
  });

  it('with invalid numbers spoil only their own stream', async () => {
    await redis.client.xadd('bad', '0-1', 'payload', 'ab', 'len', 'many');
    await redis.client.xadd('bad', sealId, 'id', '');
    await redis.client.xadd('good', '0-1', 'payload', 'ab', 'len', '2');
    const [reply] = parse(await rawReply(['XREAD', 'STREAMS', 'bad', 'good', '0-0', '0-0']), [5]);
    expect(described(reply)).toEqual(['bad 0 NaN 6162', 'bad sealed at NaN', 'good 0 2 6162']);
  });

  it('that are malformed are refused, or wait for more, and never hang or run out of memory', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.array(fc.constantFrom('*', '$', '-', '\r\n', '1', '2', '9', 'id', 's'), { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))), sizes, (bytes, cuts) => {
        try {
          parse(Buffer.from(bytes), cuts);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedReply);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe.each(ways)('XRANGE and XREVRANGE replies with payloads %s', (_, parse) => {
  it('decode as ioredis decodes them, whatever is in the stream and wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(stream, sizes, fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 40 }), fc.boolean(), async (filling, cuts, from, count, reverse) => {
        await redis.client.flushall();
        await fill('range', filling);
        const args = [reverse ? 'XREVRANGE' : 'XRANGE', 'range', ...(reverse ? ['+', String(from)] : [String(from), '+']), 'COUNT', String(count)];
        const [command = '', ...rest] = args;
        const expected = describedByIoredis([[Buffer.from('range'), (await redis.client.callBuffer(command, rest)) as BinaryEntries]]);
        const found = described(parseRange(parse, await rawReply(args), cuts));
        // Blocks hold the seal last.
        expect([...found].sort()).toEqual([...expected].sort());
        if (!reverse) expect(found).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('and those of XREAD may take turns on one connection, errors and empty ones among them', async () => {
    await fill('s', { entries: [{ payload: Buffer.from('ab'), len: 1, lenFirst: false, extra: undefined }], sealed: false });
    const range = await rawReply(['XREVRANGE', 's', '0', '-', 'COUNT', '1']);
    const read = await rawReply(['XREAD', 'STREAMS', 's', '0-0']);
    const bytes = Buffer.concat([range, read, Buffer.from('*0\r\n-WRONGTYPE no stream\r\n'), range, read]);
    for (let size = 1; size <= bytes.length; size++) {
      const builder = new BlockBuilder('s', 1);
      const isRange = [true, false, true, true, false];
      const replies = parse(bytes, [size], () => (isRange.shift() === true ? builder : undefined));
      expect(replies.map(({ _tag }) => _tag)).toEqual(['entries', 'blocks', 'entries', 'error', 'entries', 'blocks']);
      expect(described({ _tag: 'blocks', blocks: [builder.finish()] })).toEqual(['s 0 1 6162', 's 0 1 6162']);
      expect(described(replies[5])).toEqual(['s 0 1 6162']);
    }
  });

  it('that are malformed are refused, or wait for more, and never hang or run out of memory', () => {
    const pieces = ['*', '$', '-', '\r\n', '1', '2', '9', 'id', 's', '*2\r\n$3\r\n5-1\r\n*2\r\n$7\r\npayload\r\n$', '*2\r\n$', '2\r\nab\r\n'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''))), sizes, (bytes, cuts) => {
        try {
          parse(bytes, cuts, (entries) => new BlockBuilder('s', entries));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedReply);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
