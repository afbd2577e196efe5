/** Codecs for arrays that are right or wrong as a whole: a hostile one gives one problem, not one for each of its elements. */
import * as t from 'io-ts';

export const checked = <A>(name: string, is: t.Is<A>): t.Type<A> => new t.Type(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity);

export const arrayOf = <A>(name: string, is: t.Is<A>): t.Type<readonly A[]> => checked(name, (value): value is readonly A[] => Array.isArray(value) && value.every(is));

/** An index, a length, a number of bytes. */
export const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Keys of the database. */
export const Keys = arrayOf('keys', t.string.is);
