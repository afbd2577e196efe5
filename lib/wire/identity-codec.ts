/** The io-ts codec of an identity (`id` in a scan's JSON), made from its model. */
import type * as t from 'io-ts';
import type { Identity, IdentityFields, IdentityModel } from '../model/identity-model.js';
import { members, orElse } from './codecs.js';
import { guarded } from './guarded.js';

const integer = guarded('integer', (u): u is number => Number.isSafeInteger(u));

/** The server would refuse a whole document for one lone surrogate. */
const text = guarded('text', (u): u is string => typeof u === 'string' && u.isWellFormed());

/** Absent and `null` both mean absent. */
const optional = (codec: t.Mixed): t.Mixed => orElse(`${codec.name} or null`, (u) => u === null || u === undefined, null, codec);

/**
 * Decodes an identity, dropping fields that are not in the model, such as `pk`.
 * The same codec checks the argument of `createScan`: writing requires the same as reading.
 */
export function identityCodec<F extends IdentityFields>(model: IdentityModel<F>): t.Type<Identity<F>> {
  const fields = Object.entries(model.fields).map(([name, { type, required }]): [string, t.Mixed] => {
    const codec = type === 'integer' ? integer : text;
    return [name, required ? codec : optional(codec)];
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it has each field of F, with its own codec
  return members('identity', Object.fromEntries(fields)) as t.Type<Identity<F>>;
}
