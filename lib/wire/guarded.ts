/** An io-ts codec for what a type guard tells. */
import * as t from 'io-ts';

export const guarded = <A>(name: string, is: (u: unknown) => u is A): t.Type<A> => new t.Type(name, is, (u, context) => (is(u) ? t.success(u) : t.failure(u, context)), t.identity);
