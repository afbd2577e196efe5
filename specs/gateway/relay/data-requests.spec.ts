/** The answers with points: bounded by the relay whatever the client asks for, complete if it asks on, and refused where the question is wrong. */
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { encodeAppendMessage } from '../../../lib/gateway/protocol/append-message.js';
import { doAfter } from '../../../lib/model/time.js';
import { scanJson, scanKeyOf } from '../../contract/samples.js';
import { keyOf, virtualRelay, type VirtualRelay, type VirtualRelayOptions, type Visit } from '../../support/relay-visit.js';

interface Asked extends VirtualRelay {
  readonly client: Visit;
  readonly log: readonly string[];
  /** Lets everything happen that is to happen. */
  run(): void;
}

/** A client that was welcomed. */
function welcomed(options: VirtualRelayOptions = {}): Asked {
  const time = new VirtualTimeScheduler();
  const relay = virtualRelay(time, { progressWithin: Infinity, ...options });
  const client = relay.visit();
  const log: string[] = [];
  client.heard$.subscribe((what) => log.push(what));
  const run = (): void => {
    doAfter(1000, time, () => log.push('then'));
    time.flush();
    log.splice(log.indexOf('then'), 1);
  };
  run();
  log.length = 0;
  return { ...relay, client, log, run };
}

const firstsOf = (client: Visit): readonly number[] => client.blocks.flatMap(({ block }) => [...block.firsts]);

describe('read', () => {
  it('gives two entries of a stream that nothing is known of, then about 1 MiB', () => {
    const { client, publish, run } = welcomed();
    publish('a', 100, 50_000);
    for (const after of ['0-0', '1-1', '21-1']) {
      client.read('a', after);
      run();
    }
    expect(client.blocks.map(({ block }) => [block.firsts[0], block.firsts.length, block.more])).toEqual([
      [0, 2, true],
      [2, 20, true],
      [22, 20, true],
    ]);
  });

  it('gives one entry, however large', () => {
    const { client, publish, run } = welcomed();
    publish('a', 3, 5_000_000);
    client.read('a', '0-0', { maxEntries: 1 });
    run();
    client.read('a', '0-1');
    run();
    expect(firstsOf(client)).toEqual([0, 1]);
  });

  it('shares the room among streams, whose answers come in the order of the requests', () => {
    const { client, publish, run } = welcomed();
    for (const stream of 'abc') publish(stream, 50, 50_000);
    for (const stream of 'abc') client.read(stream, '0-0', { maxEntries: 1 });
    run();
    client.blocks.length = 0;
    client.ask('read', ['c', 'a', 'b'].map((stream) => ({ key: keyOf(stream), after: '0-1', maxEntries: 1000 })));
    run();
    expect(client.blocks.map(({ block, last }) => [[...block.firsts], block.more, last])).toEqual([
      [[1, 2, 3, 4, 5, 6], true, false],
      [[1, 2, 3, 4, 5, 6], true, false],
      [[1, 2, 3, 4, 5, 6], true, true],
    ]);
  });
});

describe('range', () => {
  it('is cut, from either end, and goes on from there', () => {
    const { client, publish, run } = welcomed();
    publish('a', 40, 100_000);
    client.read('a', '0-0');
    run();
    client.blocks.length = 0;
    client.ask('range', { key: keyOf('a') }, { min: 5, max: 30 });
    client.ask('range', { key: keyOf('a') }, { min: 5, max: 30, reverse: true });
    client.ask('range', { key: keyOf('a') }, { min: 37 });
    client.ask('range', { key: keyOf('a') }, { min: 5, count: 3 });
    run();
    expect(client.blocks.map(({ block }) => [block.firsts[0], block.firsts.at(-1), block.more])).toEqual([
      [5, 14, true],
      [21, 30, true],
      [37, 39, undefined],
      [5, 7, undefined],
    ]);
  });

  it('has the last entry beside the seal, however large it is', () => {
    const { client, publish, run, server, database } = welcomed();
    publish('a', 3, 5_000_000);
    server.putScanJson(scanKeyOf(1), scanJson(1));
    database.seal({ key: keyOf('a'), scan: scanKeyOf(1), length: 3 }).subscribe();
    client.read('a', '0-0', { maxEntries: 1 });
    run();
    client.blocks.length = 0;
    client.ask('range', { key: keyOf('a') }, { count: 2, reverse: true });
    run();
    expect(client.blocks.map(({ block }) => [[...block.firsts], block.seal])).toEqual([[[2], 3]]);
  });
});

describe('entriesAt', () => {
  it('comes in groups of about 1 MiB, each after the one before was taken', () => {
    const { client, publish, run, database } = welcomed();
    publish('a', 40, 100_000);
    const indices = Array.from({ length: 30 }, (_, i) => i);
    client.pair.stall();
    client.ask('entriesAt', { key: keyOf('a') }, indices);
    run();
    expect(database.calls.entriesAt).toBeLessThan(4);
    client.pair.resume();
    run();
    const found = client.blocks.flatMap(({ indices: each }) => [...(each ?? [])]);
    expect(found).toEqual(indices);
    expect(client.blocks.filter(({ last }) => last).length).toBe(1);
    expect(Math.max(...client.blocks.map(({ bytes }) => bytes))).toBeLessThan(1.1 * 2 ** 20);
  });
});

describe('cancelling', () => {
  it('drops what waits for room', () => {
    const { client, publish, run, database } = welcomed();
    publish('a', 1, 400_000);
    client.pair.stall();
    for (let i = 0; i < 10; i++) client.read('a', '0-0');
    run();
    for (let id = 3; id <= 10; id++) client.say({ cancel: id });
    run();
    client.pair.resume();
    run();
    expect(client.blocks.map(({ id }) => id)).toEqual([1, 2]);
    expect(database.calls.read).toBe(2);
  });
});

describe('append', () => {
  const window = { key: keyOf('a'), scan: scanKeyOf(1), expected: '0-0', entries: [{ index: 0, len: 1, payload: new Uint8Array([1, 2, 3]) }] };

  it('is refused without the right', () => {
    const { client, run, log } = welcomed();
    client.socket.send(encodeAppendMessage(7, [window]));
    run();
    expect(log).toEqual(['7: AccessDenied']);
  });

  it('writes with it', () => {
    const { client, run, log, server } = welcomed({ rights: { read: 'all', write: true } });
    server.putScanJson(scanKeyOf(1), scanJson(1));
    client.socket.send(encodeAppendMessage(7, [window]));
    client.socket.send(encodeAppendMessage(8, [{ ...window, scan: scanKeyOf(2) }]));
    run();
    expect(log).toEqual(['7: [{"_tag":"appended","lastId":"0-1"}]', '8: [{"_tag":"scanDeleted"}]']);
  });
});

describe('wrong questions', () => {
  it.each<[string, string, readonly unknown[]]>([
    ['no arguments', 'read', []],
    ['no requests', 'read', [[]]],
    ['a key that is a number', 'read', [[{ key: 7, after: '0-0', maxEntries: 1 }]]],
    ['an id that is none', 'read', [[{ key: keyOf('a'), after: 'yesterday', maxEntries: 1 }]]],
    ['an id with zeros before it', 'read', [[{ key: keyOf('a'), after: '007-1', maxEntries: 1 }]]],
    ['no entries', 'read', [[{ key: keyOf('a'), after: '0-0', maxEntries: 0 }]]],
    ['a debt', 'read', [[{ key: keyOf('a'), after: '0-0', maxEntries: 1, ahead: -1 }]]],
    ['too many keys', 'read', [Array.from({ length: 1001 }, () => ({ key: keyOf('a'), after: '0-0', maxEntries: 1 }))]],
    ['a bound below 0', 'range', [{ key: keyOf('a') }, { min: -1 }]],
    ['half an entry', 'range', [{ key: keyOf('a') }, { count: 0.5 }]],
    ['half an index', 'entriesAt', [{ key: keyOf('a') }, [0.5]]],
    ['too many indices', 'entriesAt', [{ key: keyOf('a') }, Array.from({ length: 1001 }, () => 1)]],
    ['a command of the server', 'flushall', []],
    ['what every object has', 'constructor', []],
  ])('%s (%s) is an error', (_, call, args) => {
    const { client, run, log } = welcomed({ limits: { message: 1 << 20 } });
    client.ask(call, ...args);
    client.ask('protocolVersion');
    run();
    expect(log).toEqual(['1: InvalidArgument', '2: "1"']);
  });

  it('of keys that are no streams are answered as of streams without points', () => {
    const { client, run, log } = welcomed();
    client.ask('read', [{ key: '_SCAN_HISTORY_', after: '0-0', maxEntries: 10 }]);
    client.ask('range', { key: 'secrets' }, {});
    run();
    expect(log).toEqual(['1: nothing', '2: nothing']);
  });
});
