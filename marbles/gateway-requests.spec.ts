/**
 * The requests of a client to its gateway, by their ids; a message takes 1 ms here, so that an answer comes 2 ms after its request.
 *
 * ```
 * asked:    ^-----!
 * gateway:  o-h-a---c    the call, its cancellation
 * ```
 */
import { describe, expect, it } from '@jest/globals';
import { concat, filter, map, NEVER, takeUntil, timer, type Observable } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import type { GatewayDatabase } from '../lib/gateway/client/gateway-database.js';
import { encodeAppendMessage } from '../lib/gateway/protocol/append-message.js';
import { encodeBlockMessage } from '../lib/gateway/protocol/block-message.js';
import { defaultLimits } from '../lib/gateway/protocol/limits.js';
import { encodePart } from '../lib/gateway/protocol/parts.js';
import { blissdataError } from '../lib/model/errors.js';
import { errorToJson } from '../lib/wire/error-json.js';
import { blockOf, clientOf, gatewayUrl, ScriptedGateway, shown, type Heard } from '../specs/support/scripted-gateway.js';
import { virtually } from '../specs/support/virtual-time.js';

const o = { open: gatewayUrl };
const h = { hello: 1 };
const call = (id: number, name = 'protocolVersion', ...args: readonly unknown[]): Heard => ({ id, call: name, args });
const unexpected = (command: string): unknown => expect.objectContaining({ _tag: 'UnexpectedReply', command });
const stream = { key: 'stream', scan: 'scan' };

function connecting(scheduler: TestScheduler, script: ConstructorParameters<typeof ScriptedGateway>[1] = {}): { readonly gateway: ScriptedGateway; readonly client: GatewayDatabase } {
  const gateway = new ScriptedGateway(scheduler, { latency: 1, ...script });
  const client = clientOf(gateway, scheduler);
  scheduler.schedule(() => client.close().subscribe(), 4000);
  return { gateway, client };
}

/** What the gateway heard but the goodbye. */
const heard = ({ heard$ }: ScriptedGateway): Observable<Heard> => heard$.pipe(filter((message) => !('bye' in message)));

describe('a request', () => {
  it('is cancelled by unsubscribing, and its late answer is dropped', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('---------x').subscribe(() => gateway.say({ id: 1, value: 'late' }, { id: 2, value: 'mine' }));
      expectObservable(client.protocolVersion(), '^-------!').toBe('');
      expectObservable(client.text('key')).toBe('----------(v|)', { v: 'mine' });
      expectObservable(heard(gateway)).toBe('o-h-(ab)-c', { o, h, a: call(1), b: call(2, 'text', 'key'), c: { cancel: 1 } });
    });
  });

  it('that was not sent yet is just forgotten', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, { calls: { text: () => 'mine' } });
      expectObservable(client.protocolVersion(), '^!').toBe('');
      expectObservable(client.text('key')).toBe('-----(v|)', { v: 'mine' });
      expectObservable(heard(gateway)).toBe('o-h-a', { o, h, a: call(1, 'text', 'key') });
    });
  });

  it('waits while as many are under way as the gateway takes', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, { welcome: { limits: { ...defaultLimits, requests: 2 } }, calls: { text: (key) => key } });
      expectObservable(client.text('a')).toBe('-----(a|)');
      expectObservable(client.text('b')).toBe('-----(b|)');
      expectObservable(client.text('c')).toBe('-------(c|)');
      expectObservable(heard(gateway).pipe(filter(({ id }) => id === 3))).toBe('------c', { c: call(3, 'text', 'c') });
    });
  });

  it('errors as the database behind the gateway did', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const errors = [blissdataError('ScanNotFound', { key: 'k' }), blissdataError('Disconnected', { url: 'id10', reason: 'it restarts' }), new TypeError('none of ours'), 'nothing like an error'];
      cold('-----(abcd)').subscribe((letter) => {
        const n = 'abcd'.indexOf(letter);
        gateway.say({ id: n + 1, error: typeof errors[n] === 'string' ? {} : { ...errorToJson(errors[n]) } });
      });
      expectObservable(client.text('a')).toBe('------#', {}, expect.objectContaining({ _tag: 'ScanNotFound', key: 'k', retriable: false }));
      expectObservable(client.text('b')).toBe('------#', {}, expect.objectContaining({ _tag: 'Disconnected', url: 'id10', retriable: true }));
      expectObservable(client.text('c')).toBe('------#', {}, unexpected('the gateway'));
      expectObservable(client.text('d')).toBe('------#', {}, unexpected('the gateway'));
    });
  });

  it('errors with UnexpectedReply where its answer is none, and others go on', () => {
    virtually(({ expectObservable }, scheduler) => {
      const calls = { protocolVersion: () => 1, scansExist: () => [true, 'yes'], states: () => [{ state: { id: '1-0' } }], heads: () => ['head'], seal: () => ({ _tag: 'lost' }), read: () => [], text: () => 'mine' };
      const { client } = connecting(scheduler, { calls });
      const wrong = (command: string): readonly [string, object, unknown] => ['-----#', {}, unexpected(command)];
      expectObservable(client.protocolVersion()).toBe(...wrong('protocolVersion'));
      expectObservable(client.scansExist(['a', 'b'])).toBe(...wrong('scansExist'));
      expectObservable(client.states(['a'])).toBe(...wrong('states'));
      expectObservable(client.heads([stream])).toBe(...wrong('heads'));
      expectObservable(client.seal({ ...stream, length: 1 })).toBe(...wrong('seal'));
      expectObservable(client.read([{ ...stream, after: '0-0', maxEntries: 1 }])).toBe(...wrong('read'));
      expectObservable(client.text('key')).toBe('-----(v|)', { v: 'mine' });
    });
  });

  it.each([
    ['no JSON', '{'],
    ['an unknown message', '{"surprise":1}'],
    ['bytes of no kind', Uint8Array.of(9, 9, 9)],
    ['a truncated block', encodeBlockMessage({ id: 1, answer: true, last: true, after: '0-0', block: blockOf(0, 3) }).subarray(0, 57)],
    ['a part out of order', encodePart(new Uint8Array(100), 1, 50, 10)],
  ])('errors with UnexpectedReply where the gateway sends %s, and leaves it', (_, data) => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-----x').subscribe(() => gateway.sayAnything(data));
      expectObservable(client.protocolVersion()).toBe('------#', {}, unexpected('the gateway'));
      expectObservable(gateway.closed$).toBe('-------c', { c: 4400 });
    });
  });

  it('says infinite bounds by leaving them out, and names of a stream but its key and scan', () => {
    virtually(({ expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const source = { ...stream, name: 'diode', entryBytes: 8 };
      client.range(source, { min: 3, max: Infinity, part: true }).subscribe({ error: () => undefined });
      client.search({ prefix: 'esrf', criteria: [{ _tag: 'number', field: 'number', min: -Infinity, max: 4 }] }).subscribe({ error: () => undefined });
      client.log('log', '0-0', 10).subscribe({ error: () => undefined });
      const sent = [call(1, 'range', stream, { min: 3, part: true }), call(2, 'search', { prefix: 'esrf', criteria: [{ _tag: 'number', field: 'number', max: 4 }] }), call(3, 'log', 'log', '0-0', 10)];
      expectObservable(heard(gateway)).toBe('o-h-(abc)', { o, h, a: sent[0], b: sent[1], c: sent[2] });
    });
  });
});

describe('a list', () => {
  it('goes in as many requests as the gateway wants, and its answers come as one', () => {
    virtually(({ expectObservable }, scheduler) => {
      const calls = { scansExist: (keys: readonly string[]) => keys.map((key) => key !== 'b') };
      const { gateway, client } = connecting(scheduler, { welcome: { limits: { ...defaultLimits, keysPerRequest: 2 } }, calls });
      client.protocolVersion().subscribe({ error: () => undefined });
      expectObservable(concat(NEVER.pipe(takeUntil(timer(5, scheduler))), client.scansExist(['a', 'b', 'c', 'd', 'e']))).toBe('-----------(v|)', { v: [true, false, true, true, true] });
      const calledWith = (id: number, ...keys: readonly string[]): Heard => call(id, 'scansExist', keys);
      expectObservable(heard(gateway)).toBe('o-h-p-a-b-c', { o, h, p: call(1), a: calledWith(2, 'a', 'b'), b: calledWith(3, 'c', 'd'), c: calledWith(4, 'e') });
    });
  });

  it('fits into messages of the size that the gateway takes', () => {
    virtually(({ expectObservable }, scheduler) => {
      const calls = { identities: (keys: readonly string[]) => keys.map(() => null) };
      const { gateway, client } = connecting(scheduler, { welcome: { limits: { ...defaultLimits, message: 16_384 } }, calls });
      const keys = Array.from({ length: 600 }, (_, n) => `esrf:scan:${String(n).padStart(26, '0')}`);
      client.protocolVersion().subscribe({ error: () => undefined });
      const all$ = concat(NEVER.pipe(takeUntil(timer(5, scheduler))), client.identities(keys)).pipe(map(({ length }) => length));
      expectObservable(all$).toBe('-----------(v|)', { v: 600 });
      expectObservable(heard(gateway).pipe(filter(({ call: name }) => name === 'identities'), map(({ args }) => JSON.stringify(args).length < 16_384))).toBe('------t-t-t', { t: true });
    });
  });
});

describe('a write', () => {
  it('carries the payloads of many windows, and errors with RequestTooLarge, unsent, where the gateway takes no such message', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler, { welcome: { limits: { ...defaultLimits, message: 1000 } } });
      const window = (key: string, size: number): Parameters<typeof client.append>[0][number] => ({ key, scan: 'scan', expected: '0-0', entries: [{ index: 0, len: 1, payload: new Uint8Array(size) }] });
      cold('-----x').subscribe(() => gateway.say({ id: 1, value: [{ _tag: 'appended', lastId: '0-1' }, { _tag: 'sealed' }] }));
      expectObservable(client.append([window('a', 10), window('b', 20)])).toBe('------(r|)', { r: [{ _tag: 'appended', lastId: '0-1' }, { _tag: 'sealed' }] });
      expectObservable(client.append([window('c', 2000)])).toBe('---#', {}, expect.objectContaining({ _tag: 'RequestTooLarge', key: 'c' }));
      expectObservable(heard(gateway)).toBe('o-h-a', { o, h, a: { id: 1, append: ['a', 'b'] } });
    });
  });

  it('fits into a message, as the sizes tell', () => {
    virtually(({ flush }, scheduler) => {
      const { client } = connecting(scheduler, { welcome: { limits: { ...defaultLimits, message: 16 << 20 } } });
      client.protocolVersion().subscribe({ error: () => undefined });
      flush();
      const { window, payload } = client.sizes();
      const entries = Array.from({ length: 2000 }, (_, n) => ({ index: 1e15 + n, len: 1, payload: new Uint8Array(Math.floor(window / 2000)) }));
      expect(encodeAppendMessage(1, [{ key: 'esrf:stream:01J0000000000000000000000', scan: 'esrf:scan:01J0000000000000000000000', expected: '0-0', entries }]).length).toBeLessThanOrEqual(16 << 20);
      expect(payload).toBeGreaterThan(15 << 20);
    });
  });
});

describe('an answer of blocks', () => {
  it('that is cut is completed by further requests, from the first on or backwards', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const more = (first: number, stop: number): ReturnType<typeof blockOf> => ({ ...blockOf(first, stop), more: true });
      cold('-----(ab)-(cd)').subscribe((letter) => gateway.answer('abcd'.indexOf(letter) + 1, letter === 'a' ? more(2, 5) : letter === 'b' ? more(7, 9) : letter === 'c' ? blockOf(5, 9) : blockOf(4, 7)));
      expectObservable(client.range(stream, { min: 2, max: 8 }).pipe(map(shown))).toBe('                 -----------(v|)', { v: '2-8' });
      expectObservable(client.range(stream, { count: 5, reverse: true }).pipe(map(shown))).toBe('-----------(v|)', { v: '4-8' });
      const rest = [call(3, 'range', stream, { min: 5, max: 8, reverse: false }), call(4, 'range', stream, { min: 0, max: 6, count: 3, reverse: true })];
      expectObservable(heard(gateway).pipe(filter(({ id }) => Number(id) > 2))).toBe('-------(cd)', { c: rest[0], d: rest[1] });
    });
  });

  it('of a range in parts is left as it is', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-----x').subscribe(() => gateway.answer(1, { ...blockOf(2, 5), more: true }));
      expectObservable(client.range(stream, { min: 2, part: true }).pipe(map(shown))).toBe('------(v|)', { v: '2-4 more' });
    });
  });

  it('of entries comes in groups, and may find nothing', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const group = (first: number, indices: readonly number[], last: boolean): void => gateway.sayAnything(encodeBlockMessage({ id: 1, answer: true, last, after: '0-0', block: blockOf(first, first + indices.length), indices }));
      cold('-----a-b-c').subscribe((letter) => (letter === 'a' ? group(3, [4, 5], false) : letter === 'b' ? group(8, [9], false) : group(0, [], true)));
      expectObservable(client.entriesAt(stream, [4, 5, 9, 11]).pipe(map(({ indices, block }) => `${String(indices)}: ${shown(block)}`))).toBe('------a-b-|', { a: '4,5: 3-4', b: '9: 8-8' });
    });
  });

  it('of reads that are sent together comes in their order', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      cold('-----x').subscribe(() => gateway.answer(1, blockOf(1, 3), blockOf(5, 6)));
      const requests = [{ key: 'a', after: '0-1', maxEntries: 10 }, { key: 'b', scan: 's', after: '4-1', maxEntries: 10 }];
      expectObservable(client.read(requests).pipe(map((blocks) => blocks.map((block) => `${block.key} ${shown(block)}`)))).toBe('------(v|)', { v: ['a 1-2', 'b 5-5'] });
      expectObservable(heard(gateway)).toBe('o-h-a', { o, h, a: call(1, 'read', requests) });
    });
  });

  it('may come in parts, of several messages by turns', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, client } = connecting(scheduler);
      const messages = [1, 2].map((id) => encodeBlockMessage({ id, answer: true, last: true, after: '0-0', block: blockOf(10 * id, 10 * id + 3, 100) }));
      cold('-----a-b-c-d').subscribe((letter) => {
        const n = 'abcd'.indexOf(letter);
        gateway.sayAnything(encodePart(messages[n % 2] ?? new Uint8Array(), n % 2, n < 2 ? 0 : 200, 200));
      });
      const read = (key: string): Observable<string> => client.read([{ key, after: '0-0', maxEntries: 10 }]).pipe(map(([block]) => (block === undefined ? '' : shown(block))));
      expectObservable(read('a')).toBe('----------(v|)', { v: '10-12' });
      expectObservable(read('b')).toBe('------------(v|)', { v: '20-22' });
    });
  });
});
