/** Identity models: the fields that identify a scan at an institute. The ESRF's is the default. */

/** One field of an identity. Text fields are searched as RediSearch tags, integer fields as numbers. */
type AnyField = { readonly type: 'text' | 'integer'; readonly required: boolean };
export type IdentityFields = Readonly<Record<string, AnyField>>;

/** The fields in the order of the search index, under the key prefix of the institute. */
export interface IdentityModel<F extends IdentityFields = IdentityFields> {
  readonly prefix: string;
  readonly fields: F;
}

type ValueOf<Field extends AnyField> = Field['type'] extends 'integer' ? number : string;

/** An identity as read: absent optional fields are `null`. */
export type Identity<F extends IdentityFields = ESRFIdentityFields> = {
  readonly [Name in keyof F]: F[Name]['required'] extends true ? ValueOf<F[Name]> : ValueOf<F[Name]> | null;
};

type RequiredNames<F extends IdentityFields> = { [Name in keyof F]: F[Name]['required'] extends true ? Name : never }[keyof F];

/** An identity as given to `createScan`: optional fields may be omitted. */
export type IdentityInput<F extends IdentityFields = ESRFIdentityFields> = {
  readonly [Name in RequiredNames<F>]: ValueOf<F[Name]>;
} & { readonly [Name in Exclude<keyof F, RequiredNames<F>>]?: ValueOf<F[Name]> | null };

/** A range of numbers in a search, both ends included; an omitted end is open. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

/**
 * What `search` matches: text fields by equality (case-insensitive) or with `*` at one or both ends (`'al*'`, `'*gn'`, `'*lig*'`),
 * numbers by equality or {@link NumberRange}.
 */
export type SearchCriteria<F extends IdentityFields = ESRFIdentityFields> = {
  readonly [Name in keyof F]?: F[Name]['type'] extends 'integer' ? number | NumberRange : string;
};

const fieldTypes = {
  text: { type: 'text', required: true },
  'text?': { type: 'text', required: false },
  integer: { type: 'integer', required: true },
  'integer?': { type: 'integer', required: false },
} as const;

/** The type of an identity field, with `?` if it is optional. */
export type IdentityFieldType = keyof typeof fieldTypes;

/**
 * An identity model with another prefix and other fields than the ESRF's.
 *
 * @example
 * const Lab = identityModel('lab', { name: 'text', number: 'integer', sample: 'text?' });
 * const store = DataStore.connect('redis://localhost', { identity: Lab });
 */
export function identityModel<const T extends Readonly<Record<string, IdentityFieldType>>>(prefix: string, fields: T): IdentityModel<{ readonly [Name in keyof T]: (typeof fieldTypes)[T[Name]] }>;
export function identityModel(prefix: string, fields: Readonly<Record<string, IdentityFieldType>>): IdentityModel {
  return { prefix, fields: Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, fieldTypes[type]])) };
}

/** The ESRF's identity, blissdata's default: name, number and data policy, then the fields of that data policy. */
export const ESRFIdentity = identityModel('esrf', {
  name: 'text',
  number: 'integer',
  data_policy: 'text',
  session: 'text?',
  proposal: 'text?',
  collection: 'text?',
  dataset: 'text?',
  path: 'text?',
});

export type ESRFIdentityFields = (typeof ESRFIdentity)['fields'];
