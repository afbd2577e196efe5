/**
 * Random stories of feeds against a model: entries of any size are appended, and trimmed off, read from any place, granted at any time, by
 * clients that stall, leave and come back, over a database that loses its connection. Every client gets every entry once, in order, but those
 * that were trimmed off before it came to them.
 */
import { describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import { of, VirtualTimeScheduler } from 'rxjs';
import { decodeBlockMessage } from '../../../lib/gateway/protocol/block-message.js';
import { binaryKinds } from '../../../lib/gateway/protocol/binary-kinds.js';
import { PartAssembler } from '../../../lib/gateway/protocol/parts.js';
import { decodeServerMessage } from '../../../lib/gateway/protocol/server-messages.js';
import { Relay } from '../../../lib/gateway/relay/relay.js';
import { memoryDatabase } from '../../../lib/memory/memory-database.js';
import { MemoryServer } from '../../../lib/memory/memory-server.js';
import { ESRFIdentity } from '../../../lib/model/identity-model.js';
import { doAfter } from '../../../lib/model/time.js';
import type { Block } from '../../../lib/ports/streams.js';
import { compareIds, entryId, originId, sealId } from '../../../lib/wire/stream-id.js';
import { scanJson, scanKeyOf, streamKeyOf } from '../../contract/samples.js';
import { randomly, type Random } from '../../redis/random.js';
import { socketPair, type SocketPair } from '../../support/socket-pair.js';

const streams = [1, 2, 3].map(streamKeyOf);
const grantedBytes = 3000;

/** Follows one stream, as the core would over the client's adapter. */
class Reader {
  position = originId;
  readonly indices: number[] = [];
  sealedAt: number | undefined;
  /** The id of the read under way. */
  asked: number | undefined;
  handle: number | undefined;
  /** A wake has come during the read under way. */
  isDirty = false;
  toGrant = 0;
  /** Entries that start before this index may be gone. */
  trimmed = 0;

  constructor(readonly key: string) {}

  /** The next index that has to come. */
  get next(): number {
    return (this.indices.at(-1) ?? -1) + 1;
  }

  take({ firsts, lens, bytes, ends, seal }: Omit<Block, 'key'>): void {
    for (let i = 0; i < firsts.length; i++) {
      const first = firsts[i] ?? -1;
      // The last entry that was trimmed off may have had three points.
      if (first !== this.next && (first < this.next || first > this.trimmed + 2)) throw new Error(`${this.key}: ${first} came instead of ${this.next}`);
      const payload = bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
      if (payload.at(0) !== first % 251 || payload.at(-1) !== first % 251) throw new Error(`${this.key}: the payload of another entry at ${first}`);
      for (let point = 0; point < (lens[i] ?? 0); point++) this.indices.push(first + point);
      this.position = entryId(first);
    }
    if (seal !== undefined) {
      this.sealedAt = seal;
      this.position = sealId;
    }
  }
}

class Client {
  readonly readers = streams.map((key) => new Reader(key));
  private pair: SocketPair | undefined;
  private parts = new PartAssembler(2 ** 31);
  private isWelcome = false;
  private static ids = 0;
  mostBuffered = 0;
  readonly problems: string[] = [];

  constructor(
    private readonly time: VirtualTimeScheduler,
    private readonly relay: Relay,
    private readonly random: Random,
    private readonly maxMessage: number,
    trimmed: readonly number[],
  ) {
    this.readers.forEach((reader, at) => (reader.trimmed = trimmed[at] ?? 0));
    this.connect();
  }

  connect(): void {
    this.isWelcome = false;
    this.parts = new PartAssembler(2 ** 31);
    const pair = socketPair(this.time, this.random.upTo(4) - 1);
    this.pair = pair;
    for (const reader of this.readers) Object.assign(reader, { asked: undefined, handle: undefined, isDirty: false, toGrant: 0 });
    pair.listen(
      {
        message: (data) => this.noting(() => this.pair === pair && (typeof data === 'string' ? this.hearText(data) : this.hearBinary(data))),
        closed: (code) => {
          if (code === 4413 || code === 1006) doAfter(5, this.time, () => this.connect());
          else if (code !== 1012) this.problems.push(`closed by ${code}`);
        },
      },
      this.relay.accept(pair.gateway, {}),
    );
    pair.client.send(JSON.stringify({ hello: 1, maxMessage: this.maxMessage }));
  }

  cut(): void {
    this.pair?.cut();
  }

  stall(): void {
    this.pair?.stall();
  }

  resume(): void {
    this.pair?.resume();
  }

  /** What throws in a timer would end the process. */
  private noting(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.problems.push(String(error));
    }
  }

  look(): void {
    this.mostBuffered = Math.max(this.mostBuffered, this.pair?.gateway.bufferedAmount ?? 0);
  }

  /** Reads on, with a feed or without one. */
  read(reader: Reader): void {
    if (reader.asked !== undefined || reader.sealedAt !== undefined || !this.isWelcome) return;
    reader.isDirty = false;
    const ahead = this.random.chance(0.8) ? this.random.upTo(grantedBytes) : 0;
    if (ahead === 0 && reader.handle !== undefined) this.send({ unwatch: [reader.key] });
    reader.handle = undefined;
    reader.toGrant = 0;
    reader.asked = ++Client.ids;
    this.send({ id: reader.asked, call: 'read', args: [[{ key: reader.key, after: reader.position, maxEntries: this.random.upTo(50), ahead }]] });
  }

  grant(reader: Reader): void {
    if (reader.toGrant === 0) return;
    this.send({ more: reader.key, bytes: reader.toGrant });
    reader.toGrant = 0;
  }

  private send(message: object): void {
    this.pair?.client.send(JSON.stringify(message));
  }

  private hearText(text: string): void {
    const decoded = decodeServerMessage(text);
    if (E.isLeft(decoded)) throw new Error(decoded.left.join('; '));
    const message = decoded.right;
    if ('welcome' in message) {
      this.isWelcome = true;
      for (const reader of this.readers) this.read(reader);
    } else if ('follow' in message) {
      const reader = this.readers.find(({ key }) => key === message.follow);
      if (reader !== undefined) reader.handle = message.handle;
    } else if ('wake' in message) for (const reader of this.readers) if (message.wake.includes(reader.key)) this.wake(reader);
    if ('wakeAll' in message) for (const reader of this.readers) {
      reader.handle = undefined;
      this.wake(reader);
    }
    if ('error' in message && 'id' in message) {
      const reader = this.readers.find(({ asked }) => asked === message.id);
      if (reader === undefined) return;
      reader.asked = undefined;
      doAfter(3, this.time, () => this.read(reader));
    }
  }

  private wake(reader: Reader): void {
    if (reader.asked === undefined) this.read(reader);
    else reader.isDirty = true;
  }

  private hearBinary(data: Uint8Array<ArrayBuffer>): void {
    if (data.length > this.maxMessage + 16) throw new Error(`${data.length} bytes in one message`);
    if (data[0] !== binaryKinds.part) return this.hearBlock(data);
    const whole = this.parts.add(data);
    if (E.isLeft(whole)) throw new Error(whole.left);
    if (whole.right !== undefined) this.hearBlock(whole.right);
  }

  private hearBlock(data: Uint8Array<ArrayBuffer>): void {
    const decoded = decodeBlockMessage(data);
    if (E.isLeft(decoded)) throw new Error(decoded.left);
    const { id, answer, after, block } = decoded.right;
    const reader = this.readers.find(({ asked, handle }) => (answer ? asked === id : handle === id));
    if (reader === undefined) return;
    if (!answer) {
      if (reader.asked !== undefined) return;
      // Of the feed before it, in parts.
      if (compareIds(after, reader.position) < 0) return;
      if (after !== reader.position) throw new Error(`a frame after ${after} at ${reader.position}`);
      reader.toGrant += data.length;
      reader.take(block);
      return;
    }
    reader.asked = undefined;
    reader.take(block);
    // A block as full as was asked for may not be the end, unless a feed goes on from there.
    if (reader.isDirty || (reader.handle === undefined && (block.more === true || block.firsts.length > 0))) this.read(reader);
  }
}

describe('feeds', () => {
  it.each(Array.from({ length: 30 }, (_, i) => [i % 3 === 2 ? 'trimmed' : 'whole', i + 1] as const))('bring every entry once, in order (%s streams, story %i)', (stories, seed) => {
    const random = randomly(seed);
    const time = new VirtualTimeScheduler();
    const server = new MemoryServer({ scheduler: time });
    const database = memoryDatabase({ server, latency: random.upTo(4) - 1 });
    const relay = new Relay({
      database,
      name: 'id00',
      model: ESRFIdentity,
      authorize: () => of({ read: 'all' }),
      scheduler: time,
      idleAfter: Infinity,
      ...(random.chance(0.5) ? { gather: random.upTo(10) - 1 } : {}),
    });
    server.putScanJson(scanKeyOf(1), scanJson(1));
    const published = streams.map(() => 0);
    const sealed = streams.map(() => false);
    const clients: Client[] = [];
    const some = <A>(array: readonly A[]): A | undefined => (array.length === 0 ? undefined : random.of(array));
    const bigness = [10, 2000, 60_000][seed % 7 % 3] ?? 10;
    const publish = (): void => {
      const at = random.upTo(streams.length) - 1;
      if (sealed[at] === true) return;
      for (let n = random.upTo(8); n > 0; n--) {
        const index = published[at] ?? 0;
        const len = random.chance(0.8) ? 1 : 3;
        server.putEntry(streams[at] ?? '', { index, len, payload: new Uint8Array(random.upTo(bigness)).fill(index % 251) });
        published[at] = index + len;
      }
    };
    const trimmed = streams.map(() => 0);
    const trim = (at: number): void => {
      const before = random.upTo((published[at] ?? 0) + 1) - 1;
      trimmed[at] = Math.max(trimmed[at] ?? 0, before);
      for (const { readers } of clients) for (const reader of readers) if (reader.key === streams[at]) reader.trimmed = trimmed[at] ?? 0;
      server.trim(streams[at] ?? '', before);
    };
    const acts: readonly (readonly [number, () => void])[] = [
      [20, publish],
      [10, () => { const client = some(clients); const reader = some(client?.readers ?? []); if (client !== undefined && reader !== undefined) client.grant(reader); }],
      [4, () => clients.length < 8 && clients.push(new Client(time, relay, random, 5000 + random.upTo(1e6), trimmed))],
      [3, () => some(clients)?.stall()],
      [4, () => some(clients)?.resume()],
      [2, () => { const client = some(clients); const reader = some(client?.readers ?? []); if (client !== undefined && reader !== undefined) client.read(reader); }],
      [stories === 'trimmed' ? 1.5 : 0, () => trim(random.upTo(streams.length) - 1)],
      [0.5, () => some(clients)?.cut()],
      [0.3, () => database.cut()],
    ];
    const total = acts.reduce((sum, [weight]) => sum + weight, 0);
    let moment = 0;
    for (let step = 0; step < 250; step++) {
      moment += random.upTo(4) - 1;
      doAfter(moment, time, () => {
        let left = (random.upTo(1000) / 1000) * total;
        for (const [weight, act] of acts) if ((left -= weight) <= 0) return act();
      });
    }
    // At last all is published, taken and granted.
    for (let i = 1; i <= 800; i++) doAfter(moment + 5 * i, time, () => {
      for (const client of clients) {
        client.resume();
        client.look();
        for (const reader of client.readers) client.grant(reader);
      }
      if (i === 400) streams.forEach((key, at) => {
        sealed[at] = true;
        database.seal({ key, scan: scanKeyOf(1), length: published[at] ?? 0 }).subscribe();
      });
    });
    doAfter(moment + 5000, time, () => relay.close());
    time.maxFrames = moment + 4990;
    time.flush();
    expect(clients.flatMap(({ problems }) => problems)).toEqual([]);
    for (const client of clients) client.readers.forEach((reader, at) => {
      expect(reader.sealedAt).toBe(published[at]);
      // All may have been trimmed off after what it got.
      expect([seed, at, Math.max(reader.next, reader.trimmed + 2)]).toEqual([seed, at, Math.max(published[at] ?? 0, reader.trimmed + 2)]);
      if (stories === 'whole') expect(reader.indices.length).toBe(published[at]);
    });
    expect(relay.state).toMatchObject({ sessions: clients.length, feeds: 0, tails: 0, tailBytes: 0 });
  });
});
