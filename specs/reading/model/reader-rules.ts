/** What every reader must have got, by what happened to the stream, and which errors that explains. */
import { isBlissdataError, type BlissdataError } from '../../../lib/model/errors.js';
import type { History, Life, ReaderRecord, Version } from './history.js';

/** What is wrong with what a reader got; nothing is. */
export function complaintsOfReader(reader: ReaderRecord, history: History): readonly string[] {
  const complaints: string[] = [];
  const { end, leftAt, told, reading } = reader;
  const until = end?.at ?? leftAt ?? history.endedAt;
  const got = new Map<number, number>();
  let next = reader.from;
  for (const { index, expired, values } of told) {
    if (reading === 'latest' ? index < next : index !== next) complaints.push(`got ${index} where ${next} was next`);
    values.forEach((value, i) => got.set(index + expired + i, value));
    next = index + expired + values.length;
  }
  const lives = livesWithin(history, sinceOf(reader), until);
  // Where entries overlap, an index has no one value, and only a reader in order notices.
  if (lives.some((life) => wasMistakable(life, history))) return [];
  if (lives.some((life) => life.overlapAt !== undefined && (reading === 'latest' || life.overlapAt <= reader.from || !isWhole(life, history)))) return [];
  if (reading === 'latest' && history.versions.some(overlaps)) return [];
  if (!lives.some((life) => isPartOf(got, life))) {
    if (wasIndistinguishable(got, lives)) return [];
    complaints.push('got points that were never one stream');
  }

  if (end?.error !== undefined) complaints.push(...unexplained(end.error, next, reader, history));
  else if (end !== undefined) complaints.push(...complaintsOfEnd(got, next, reader, history));
  else if (leftAt === undefined) complaints.push(...complaintsOfSilence(got, next, history));
  return complaints;
}

/** It completed: then it had everything up to a seal. */
function complaintsOfEnd(got: ReadonlyMap<number, number>, next: number, reader: ReaderRecord, history: History): readonly string[] {
  const until = reader.end?.at ?? Infinity;
  const sealed = history.versions.filter(({ sealed: length, at }) => length !== undefined && at <= until);
  const whole = sealed.some(({ sealed: length = 0, life, entries }) => {
    // Where nothing is left, there is no newest point, and a writer that seals may not know how many points there were.
    const gone = entries.length === 0 && (reader.reading === 'latest' || next > length);
    return isPartOf(got, life) && (next === Math.max(length, reader.from) || gone);
  });
  return whole ? [] : [`completed after ${next} points, where no such stream was sealed`];
}

/** It neither completed nor failed: then there was nothing to tell it. */
function complaintsOfSilence(got: ReadonlyMap<number, number>, next: number, history: History): readonly string[] {
  const { life, entries, sealed } = lastOf(history);
  const scan = history.scan.at(-1) ?? { is: 'there', at: 0 };
  // Somebody may bring a stream back that belongs to no scan any more, and so be read as long as there is something to read.
  if (scan.is !== 'there' && (life.foreignSince ?? -1) < scan.at) return ['got no error although the scan was deleted'];
  if (life.overlapAt !== undefined) return ['was never told of entries that overlap'];
  if (!isPartOf(got, life)) return ['was never told that the stream is another one now'];
  if (sealed !== undefined) return ['was never told of the end'];
  const there = entries.flatMap(({ first, values }) => values.map((_, i) => first + i)).filter((index) => index >= next);
  return there.length > 0 ? [`never got ${there.join(', ')}`] : [];
}

function unexplained(error: unknown, next: number, reader: ReaderRecord, history: History): readonly string[] {
  if (!isBlissdataError(error)) return [String(error)];
  const explained = isExplained(error, next, reader, history);
  return explained ? [] : [`was told ${error._tag} (${error.message}), of which nothing had happened`];
}

function isExplained(error: BlissdataError, next: number, reader: ReaderRecord, history: History): boolean {
  const until = reader.end?.at ?? Infinity;
  const before = history.versions.filter(({ at }) => at <= until);
  switch (error._tag) {
    case 'ScanNotFound':
      return wasGone(history, until);
    case 'StreamRewound':
      return lostPoints({ ...history, versions: history.versions.filter(isBegun) }, sinceOf(reader), until) || lostEverything(history, until);
    case 'StreamDeleted':
      return before.some(({ exists }, i) => !exists && before[i - 1]?.exists === true);
    case 'StreamOverlap':
      return before.some(overlaps);
    case 'IndexNoMoreThere':
      return reader.reading === 'points' && error.index === next && before.some(({ entries, life }) => life.points.has(next) && !isThere(next, entries));
    default:
      return false;
  }
}

const overlaps = ({ entries }: Version): boolean => entries.slice(1).some(({ first }, i) => first < endOf(entries[i]));

/** All readers of the newest point share one reader, and begin with what it delivered last. */
const sinceOf = ({ reading, since }: ReaderRecord): number => (reading === 'latest' ? 0 : since);

/** Whether a life that was seen between two moments had points that a later one, up to the second, did not begin with. */
export function lostPoints({ versions }: History, since: number, until: number): boolean {
  const lives = livesWithin({ versions }, since, until);
  return lives.some((life, i) => lives.slice(i + 1).some(({ initially }) => !isPartOf(life.points, { points: initially })));
}

/** Whether the scan was deleted at some time up to a moment. */
export const wasGone = ({ scan }: History, until: number): boolean => scan.some(({ at, is }) => is !== 'there' && at <= until);

/** Whether a second writer's points were trimmed off to the last: then a writer whose window got lost on its way finds nothing that is not its own, and goes on. */
const wasMistakable = (life: Life, { versions }: History): boolean =>
  life.foreignSince !== undefined && versions.some((version) => version.life === life && version.exists && version.at >= (life.foreignSince ?? 0) && version.entries.length === 0);

/**
 * Whether a reader could not know that the stream was replaced: it remembers the last entry that it has read, and the other stream has the
 * same one there. A writer that sends a window again after a restart may make it so.
 */
function wasIndistinguishable(got: ReadonlyMap<number, number>, lives: readonly Life[]): boolean {
  const upTo = (last: number): ReadonlyMap<number, number> => new Map([...got].filter(([index]) => index <= last));
  const after = (last: number): ReadonlyMap<number, number> => new Map([...got].filter(([index]) => index > last));
  return lives.some((before, i) =>
    lives.slice(i + 1).some((later) => [...got].some(([last, value]) => later.points.get(last) === value && isPartOf(upTo(last), before) && isPartOf(after(last), later))),
  );
}

/** Whether all entries of a life are there at the end of it, so that no reader can have missed that some overlap. */
const isWhole = (life: Life, { versions }: History): boolean => versions.findLast((version) => version.life === life)?.entries[0]?.first === 0;

/** A stream that is deleted, and was not begun anew, is deleted. */
const isBegun = ({ life, exists }: Version): boolean => life.after !== 'deletion' || exists;

/** Whether the whole database was emptied, and with it what tells whose it is. */
const lostEverything = ({ scan }: History, until: number): boolean => scan.some(({ at, is }) => is === 'missing' && at <= until);

function livesWithin({ versions }: Pick<History, 'versions'>, since: number, until: number): readonly Life[] {
  const seen = versions.filter(({ at }, i) => at <= until && (versions[i + 1]?.at ?? Infinity) >= since);
  return [...new Set(seen.map(({ life }) => life))];
}

export const isPartOf = (points: ReadonlyMap<number, number>, { points: all }: { readonly points: ReadonlyMap<number, number> }): boolean => [...points].every(([index, value]) => all.get(index) === value);

export const endOf = (entry: Version['entries'][number] | undefined): number => (entry === undefined ? 0 : entry.first + entry.values.length);

const isThere = (index: number, entries: Version['entries']): boolean => entries.some(({ first, values }) => first <= index && index < first + values.length);

export function lastOf({ versions }: History): Version {
  const version = versions.at(-1);
  if (version === undefined) throw new Error('the stream was never looked at');
  return version;
}
