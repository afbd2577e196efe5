/** What must have become of every point that was sent, and which errors of a writer what happened to the stream explains. */
import { isBlissdataError, type BlissdataError } from '../../../lib/model/errors.js';
import type { History, Life, Version } from './history.js';
import { endOf, isPartOf, lastOf, lostPoints, wasGone } from './reader-rules.js';

/** What is wrong with what was written, and with what its writer said of it; nothing is. */
export const complaintsOfWriter = (history: History): readonly string[] => [
  ...complaintsOfStream(history),
  ...complaintsOfAcknowledgements(history),
  ...complaintsOfEnd(history),
  ...complaintsOfRequests(history),
];

/** Every point of the writer lies at its own place, and, unless another writer wrote, after another without a hole. */
function complaintsOfStream(history: History): readonly string[] {
  const { sent } = history.writer;
  return history.versions.flatMap(({ entries, life, at, sealed }) => {
    const misplaced = entries.flatMap(({ first, values }) => values.flatMap((value, i) => (sent.includes(value) && sent[first + i] !== value ? [`${value} lay at ${first + i} at ${at}`] : [])));
    const torn = life.overlapAt !== undefined || isAmbiguous(life, history) ? [] : entries.slice(1).filter(({ first }, i) => first !== endOf(entries[i]));
    const end = endOf(entries.at(-1));
    const short = sealed !== undefined && entries.length > 0 && life.overlapAt === undefined && sealed !== end ? [`sealed at ${sealed}, with ${end} points, at ${at}`] : [];
    return [...misplaced, ...torn.map(({ first }) => `the entry at ${first} did not follow at ${at}`), ...short];
  });
}

/** Whatever was acknowledged was on the server. */
function complaintsOfAcknowledgements(history: History): readonly string[] {
  const { acknowledged } = history.writer;
  return acknowledged.flatMap(({ at, count }, i) => {
    const before = acknowledged[i - 1]?.count ?? 0;
    return [
      ...(count < before || (count === before && i > 0) ? [`${count} acknowledged after ${before}`] : []),
      ...(wereThere(history, count, at) ? [] : [`${count} acknowledged at ${at}, which were not there`]),
    ];
  });
}

function complaintsOfEnd(history: History): readonly string[] {
  const { end, sent, acknowledged, sends } = history.writer;
  if (end?.error !== undefined) return isExplained(end.error, end.at, history) ? [] : [`failed with ${told(end.error)}, of which nothing had happened`];
  const last = acknowledged.at(-1) ?? { at: 0, count: 0 };
  if (last.count !== sent.length) return [`${last.count} of ${sent.length} acknowledged at the end, and no error`];
  const { life } = lastOf(history);
  // A second writer may have brought a stream that lost points to just where this one was.
  const mustBeThere = (sends.at(-1)?.at ?? 0) > life.since && life.foreignSince === undefined;
  return mustBeThere && !isPartOf(new Map(sent.entries()), life) ? ['wrote on, though points that were acknowledged had been lost'] : [];
}

function complaintsOfRequests(history: History): readonly string[] {
  return history.writer.requests.flatMap(({ what, sent, settled }) => {
    if (settled === undefined) return [];
    const { at, error, length } = settled;
    if (error !== undefined) return isExplained(error, at, history) ? [] : [`${what} rejected with ${told(error)}, of which nothing had happened`];
    if (what === 'flush') return wereThere(history, sent, at) ? [] : [`flush resolved at ${at} for ${sent} points, which were not there`];
    // What a second writer brought is not this one's to miss; and a stream that was trimmed to nothing does not tell what it had.
    const isSo = ({ sealed, life, entries }: Version): boolean =>
      sealed === length && (life.foreignSince !== undefined || entries.length === 0 || isPartOf(new Map(history.writer.sent.entries()), life));
    return history.versions.some((version) => version.at <= at && isSo(version)) ? [] : [`seal resolved to ${length} at ${at}, which was not so`];
  });
}

function isExplained(error: unknown, until: number, history: History): boolean {
  const before = history.versions.filter(({ at }) => at <= until);
  switch (isBlissdataError(error) ? error._tag : undefined) {
    case 'ScanNotFound':
      return wasGone(history, until);
    case 'StreamSealed':
      return before.some(({ sealed }) => sealed !== undefined);
    case 'StreamRewound':
      // Where entries overlap, the last one may end before those that it overlaps.
      return lostPoints(history, 0, until) || before.some(({ life }) => life.overlapAt !== undefined);
    case 'WriteConflict':
      return before.some(({ life }) => life.foreignSince !== undefined);
    default:
      return false;
  }
}

/** Whether the first points that were sent were on the server at a moment, or had been before. */
function wereThere(history: History, count: number, until: number): boolean {
  const points = new Map(history.writer.sent.slice(0, count).entries());
  return history.versions.some(({ at, life }) => at <= until && (isPartOf(points, life) || isAmbiguous(life, history)));
}

/**
 * Where a second writer has come to the very id that this one's last entry has, or would have, that does not distinguish the two:
 * in a stream that began anew before, or of which nothing is left to compare.
 */
function isAmbiguous(life: Life, { versions }: History): boolean {
  const { foreignSince } = life;
  if (foreignSince === undefined) return false;
  return versions.some((version) => version.life !== life || (version.at >= foreignSince && version.entries.length === 0));
}

const told = (error: unknown): string => (isBlissdataError(error) ? nameOf(error) : String(error));
const nameOf = ({ _tag, message }: BlissdataError): string => `${_tag} (${message})`;
