/** The RediSearch index of scans, created exactly as the Python client does. */
import type { IdentityModel } from '../model/identity-model.js';
import { indexName, scanPrefix } from './keys.js';

export interface SearchIndex {
  readonly name: string;
  /** The arguments of FT.CREATE after the name. */
  readonly arguments: readonly string[];
  /** The schema in Redis-OM's notation: Python clients store it and its SHA-1 next to the index, to tell whether the index is current. */
  readonly schemaText: string;
  readonly schemaKey: string;
  readonly hashKey: string;
}

const tag = 'TAG SEPARATOR |';

/** The index of an identity model's scans. Field names and their order are those of Redis-OM's models. */
export function searchIndex(model: IdentityModel): SearchIndex {
  const definition = `ON JSON PREFIX 1 ${scanPrefix(model.prefix)} SCHEMA`;
  const fields = [
    `$.pk AS pk ${tag}`,
    `$.id.pk AS id_pk ${tag}`,
    ...Object.entries(model.fields).map(([name, { type }]) => `$.id.${name} AS id_${name} ${type === 'integer' ? 'NUMERIC' : tag}`),
  ];
  const state = `$.state_stream.pk AS state_stream_pk ${tag}`;
  const name = indexName(model.prefix);
  return {
    name,
    arguments: [definition, ...fields, state].join(' ').split(' '),
    // Redis-OM leaves two spaces before an embedded model and one at the end; its hash covers them.
    schemaText: `${definition} ${fields.join(' ')}  ${state} `,
    schemaKey: `${name}:schema`,
    hashKey: `${name}:hash`,
  };
}
