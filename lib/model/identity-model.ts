/** What identifies a scan at an institute: the identity model, with the ESRF's as the default. */

/** One field of an identity. Text fields are searched as RediSearch tags, integer fields as numbers. */
export interface IdentityField<Value extends string | number, Required extends boolean> {
  readonly type: Value extends number ? 'integer' : 'text';
  readonly required: Required;
}

type AnyField = { readonly type: 'text' | 'integer'; readonly required: boolean };
export type IdentityFields = Readonly<Record<string, AnyField>>;

/** The fields in the order of the search index, under the key prefix of the institute. */
export interface IdentityModel<F extends IdentityFields = IdentityFields> {
  readonly prefix: string;
  readonly fields: F;
}

type ValueOf<Field extends AnyField> = Field['type'] extends 'integer' ? number : string;

/** An identity as it is read: absent optional fields are `null`. */
export type Identity<F extends IdentityFields = ESRFIdentityFields> = {
  readonly [Name in keyof F]: F[Name]['required'] extends true ? ValueOf<F[Name]> : ValueOf<F[Name]> | null;
};

type RequiredNames<F extends IdentityFields> = { [Name in keyof F]: F[Name]['required'] extends true ? Name : never }[keyof F];

/** An identity as it is given to `createScan`: optional fields may be left out. */
export type IdentityInput<F extends IdentityFields = ESRFIdentityFields> = {
  readonly [Name in RequiredNames<F>]: ValueOf<F[Name]>;
} & { readonly [Name in Exclude<keyof F, RequiredNames<F>>]?: ValueOf<F[Name]> | null };

/** A range of numbers in a search, both ends included; an end left out is open. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

/**
 * What `search` looks for: text fields by equality (case-insensitive) or with `*` at one or both ends (`'al*'`, `'*gn'`, `'*lig*'`),
 * numbers by equality or {@link NumberRange}.
 */
export type SearchCriteria<F extends IdentityFields = ESRFIdentityFields> = {
  readonly [Name in keyof F]?: F[Name]['type'] extends 'integer' ? number | NumberRange : string;
};

/** A text field every scan has; `text.optional` for one that may be absent. */
export const text = Object.assign({ type: 'text', required: true } as const, { optional: { type: 'text', required: false } as const });

/** An integer field every scan has; `integer.optional` for one that may be absent. */
export const integer = Object.assign({ type: 'integer', required: true } as const, { optional: { type: 'integer', required: false } as const });

/**
 * An identity model of one's own: another prefix, other fields.
 *
 * @example
 * const Lab = identityModel('lab', { name: text, number: integer, sample: text.optional });
 * const store = DataStore.connect('redis://localhost', { identity: Lab });
 */
export const identityModel = <const F extends IdentityFields>(prefix: string, fields: F): IdentityModel<F> => ({ prefix, fields });

/** The ESRF's identity, which blissdata uses unless told otherwise: name, number and data policy, then where the data policy files it. */
export const ESRFIdentity = identityModel('esrf', {
  name: text,
  number: integer,
  data_policy: text,
  session: text.optional,
  proposal: text.optional,
  collection: text.optional,
  dataset: text.optional,
  path: text.optional,
});

export type ESRFIdentityFields = (typeof ESRFIdentity)['fields'];
