/** Which documents a search finds, by the identities in them. */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import type { Criterion } from '../ports/search.js';
import { parseJson } from '../wire/json-text/parse-json.js';
import { writeJson } from '../wire/json-text/write-json.js';
import { decodeFields, meetsCriteria, type Fields } from '../wire/search-match.js';

type Document = { readonly text: string };

const identified = t.type({ id: t.unknown });

/** The JSON text under `id` in a scan's document, `'null'` if there is none. */
export const identityText = ({ text }: Document): string =>
  pipe(
    parseJson(text),
    E.map((document) => (identified.is(document) ? document.id : null)),
    E.chain((id) => writeJson(id ?? null, 'literal')),
    E.getOrElse(() => 'null'),
  );

/** A document never changes, it is replaced: each is parsed once, as an index would. */
const known = new WeakMap<Document, Fields>();

function fieldsOf(document: Document): Fields {
  const fields = known.get(document) ?? E.getOrElse((): Fields => ({}))(decodeFields(identityText(document)));
  known.set(document, fields);
  return fields;
}

/** Whether a scan's document meets every criterion. */
export const matches = (document: Document, criteria: readonly Criterion[]): boolean => meetsCriteria(fieldsOf(document), criteria);
