/** The io-ts codec of an identity (`id` in a scan's JSON), made from its model. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Identity, IdentityFields, IdentityModel } from '../model/identity-model.js';
import { guarded } from './guarded.js';

const integer = guarded('integer', (u): u is number => Number.isSafeInteger(u));

/** The server would refuse a whole document for one lone surrogate. */
const text = guarded('text', (u): u is string => typeof u === 'string' && u.isWellFormed());

/** Absent and `null` both mean absent. */
const optional = (codec: t.Decoder<unknown, string | number>): t.Decoder<unknown, string | number | null> => ({
  ...codec,
  name: `${codec.name} or null`,
  validate: (u, context) => (u === null || u === undefined ? t.success(null) : codec.validate(u, context)),
});

/**
 * Decodes an identity, dropping fields that are not in the model, such as `pk`.
 * The same codec checks the argument of `createScan`: writing requires the same as reading.
 */
export function identityCodec<F extends IdentityFields>(model: IdentityModel<F>): t.Type<Identity<F>, unknown> {
  const fields = Object.entries(model.fields).map(([name, field]) => {
    const value: t.Decoder<unknown, string | number> = field.type === 'integer' ? integer : text;
    return { name, codec: field.required ? value : optional(value) };
  });
  return new t.Type<Identity<F>, unknown>(
    'identity',
    (u): u is Identity<F> => typeof u === 'object' && u !== null,
    (u, context) => {
      if (!t.UnknownRecord.is(u)) return t.failure(u, context);
      const errors: t.ValidationError[] = [];
      const values: [string, string | number | null][] = [];
      for (const { name, codec } of fields) {
        const value = codec.validate(u[name], t.appendContext(context, name, codec));
        if (E.isRight(value)) values.push([name, value.right]);
        else errors.push(...value.left);
      }
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- each field of F was decoded by its own codec just above
      return errors.length > 0 ? t.failures(errors) : t.success(Object.fromEntries(values) as Identity<F>);
    },
    t.identity,
  );
}
