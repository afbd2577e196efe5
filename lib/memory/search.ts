/** Which documents a search finds, by the identities in them. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Criterion } from '../ports/search.js';
import { meetsCriteria } from '../wire/search-match.js';

type Document = { readonly text: string };
type Fields = Readonly<Record<string, unknown>>;

const identified = t.type({ id: t.UnknownRecord });

/** A document never changes, it is replaced: each is parsed once, as an index would. */
const identities = new WeakMap<Document, Fields>();

/** What lies under `id` in a scan's JSON; nothing where that is no object. */
export function identityOf(document: Document): Fields {
  const known = identities.get(document);
  if (known !== undefined) return known;
  const parsed: unknown = JSON.parse(document.text);
  const decoded = identified.decode(parsed);
  const identity = E.isRight(decoded) ? decoded.right.id : {};
  identities.set(document, identity);
  return identity;
}

/** Whether a scan's document meets every criterion. */
export const matches = (document: Document, criteria: readonly Criterion[]): boolean => meetsCriteria(identityOf(document), criteria);
