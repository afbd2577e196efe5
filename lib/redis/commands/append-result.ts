/** The outcomes of appending a window, as scripts report them. */
import * as t from 'io-ts';
import { blissdataError } from '../../model/errors.js';
import type { AppendResult } from '../../ports/streams.js';
import { decodeReply } from '../connection/decode-reply.js';

/** Nothing keeps a window out of its stream. */
interface Ready {
  readonly _tag: 'ready';
}

/** Only appending a window can tell what keeps it out. */
interface Unsure {
  readonly _tag: 'unsure';
}

export function verdictOf(command: string, reply: unknown): AppendResult | Ready | Unsure {
  const [tag, id] = decodeReply(t.tuple([t.string, t.string]), command, reply);
  switch (tag) {
    case 'appended':
      return { _tag: 'appended', lastId: id };
    case 'conflict':
      return { _tag: 'conflict', found: id };
    case 'sealed':
    case 'scanDeleted':
    case 'ready':
    case 'unsure':
      return { _tag: tag };
    default:
      throw unknownOutcome(command, tag);
  }
}

export function appendResult(command: string, reply: unknown): AppendResult {
  const verdict = verdictOf(command, reply);
  if (verdict._tag === 'ready' || verdict._tag === 'unsure') throw unknownOutcome(command, verdict._tag);
  return verdict;
}

const unknownOutcome = (command: string, tag: string): Error => blissdataError('UnexpectedReply', { command, problems: [`unknown outcome ${tag}`] });
