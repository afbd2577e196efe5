/** Keys, entries and scans for the database contract, and Blocks as values that compare. */
import { firstValueFrom } from 'rxjs';
import { ScanState } from '../../lib/model/scan-state.js';
import type { Database } from '../../lib/ports/database.js';
import type { Id, Key } from '../../lib/ports/keys.js';
import type { Commit, CommitResult } from '../../lib/ports/scans.js';
import type { AppendResult, AppendWindow, Block, NewEntry, ReadRequest } from '../../lib/ports/streams.js';
import { entryId, originId } from '../../lib/wire/stream-id.js';

const pk = (n: number): string => `01J${String(n).padStart(23, '0')}`;
export const scanKeyOf = (n: number): Key => `esrf:scan:${pk(n)}`;
export const streamKeyOf = (n: number): Key => `esrf:stream:${pk(n)}`;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const entry = (index: number, payload: string | Uint8Array = `p${index}`, len = 1): NewEntry => ({
  index,
  len,
  payload: typeof payload === 'string' ? bytesOf(payload) : payload,
});

/** `count` entries of one point each, from an index on. */
export const entries = (first: number, count: number): readonly NewEntry[] => Array.from({ length: count }, (_, i) => entry(first + i));

/** A Block as a plain value: `[first, len, payload]` per entry, and the seal. */
export function plain(block: Block | undefined): { key: Key; entries: [number, number, string][]; seal?: number } {
  if (block === undefined) throw new Error('no block where one was expected');
  const { key, firsts, lens, ends, bytes, seal } = block;
  return {
    key,
    entries: Array.from(firsts, (first, i) => [first, lens[i] ?? NaN, textOf(bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]))]),
    ...(seal === undefined ? {} : { seal }),
  };
}

/** A request for the entries after an id; for all of them by default. */
export const readRequest = (key: Key, after: Id = originId, maxEntries = 1000): ReadRequest => ({ key, after, maxEntries });

/** The whole answers to requests: one that was cut short by its size is continued. */
export async function readAll(database: Database, requests: readonly ReadRequest[]): Promise<readonly Block[]> {
  const blocks = [...(await firstValueFrom(database.read(requests)))];
  for (const [i, request] of requests.entries()) {
    for (let block = blocks[i]; block?.more === true; ) {
      const maxEntries = request.maxEntries - block.firsts.length;
      const [rest] = maxEntries === 0 ? [] : await firstValueFrom(database.read([{ ...request, after: entryId(block.firsts.at(-1) ?? 0), maxEntries }]));
      if (rest === undefined) break;
      block = joined(block, rest);
      blocks[i] = block;
    }
  }
  return blocks;
}

/** Two blocks of which the second continues the first. */
export function joined(block: Block, rest: Block): Block {
  const bytes = new Uint8Array([...block.bytes, ...rest.bytes]);
  const ends = [...block.ends, ...rest.ends.map((end) => block.bytes.length + end)];
  return { ...rest, firsts: Float64Array.from([...block.firsts, ...rest.firsts]), lens: Float64Array.from([...block.lens, ...rest.lens]), ends: Float64Array.from(ends), bytes };
}

/** The whole answer to the request for one stream. */
export async function readOne(database: Database, key: Key, after: Id = originId, maxEntries = 1000): Promise<ReturnType<typeof plain>> {
  const [block] = await readAll(database, [readRequest(key, after, maxEntries)]);
  return plain(block);
}

export interface SampleScan {
  readonly key: Key;
  readonly stateKey: Key;
  /** A key for a data stream of the scan. */
  readonly stream: Key;
}

/** The keys of the n-th sample scan. */
export const sampleScan = (n: number): SampleScan => ({ key: scanKeyOf(n), stateKey: streamKeyOf(100_000 + n), stream: streamKeyOf(200_000 + n) });

/** A scan's document. An identity field given as `null` is null. */
export const scanJson = (n: number, identity: Readonly<Record<string, unknown>> = {}, info: unknown = {}): string =>
  JSON.stringify({
    pk: pk(n),
    id: { pk: pk(5000 + n), name: `scan${n}`, number: n, data_policy: 'esrf', session: null, proposal: null, collection: null, dataset: null, path: null, ...identity },
    info,
    state_stream: { pk: pk(100_000 + n), encoding: null, info: null },
    data_streams: {},
  });

/** Creates the n-th sample scan. */
export async function createScan(database: Database, n: number, identity: Readonly<Record<string, unknown>> = {}): Promise<SampleScan> {
  const scan = sampleScan(n);
  await firstValueFrom(
    database.commit({ key: scan.key, json: scanJson(n, identity), stateKey: scan.stateKey, state: ScanState.CREATED, after: originId, announce: true }),
  );
  return scan;
}

/** Takes a step after whatever state the scan is in. */
export async function commitNext(database: Database, commit: Omit<Commit, 'after'>): Promise<CommitResult> {
  const [newest] = await firstValueFrom(database.logTail(commit.stateKey, { count: 1 }));
  return firstValueFrom(database.commit({ ...commit, after: newest?.id ?? originId }));
}

export const append = (database: Database, scan: SampleScan, expected: Id, window: readonly NewEntry[]): Promise<AppendResult> =>
  appendOne(database, { key: scan.stream, scan: scan.key, expected, entries: window });

/** The answer for the only window of a request. */
export async function appendOne(database: Database, window: AppendWindow): Promise<AppendResult> {
  const [result] = await firstValueFrom(database.append([window]));
  if (result === undefined) throw new Error('no answer for the window');
  return result;
}
