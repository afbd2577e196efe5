/** Small io-ts codecs for what comes from outside: io-ts' own unions, intersections and arrays look into every kind of codec, and all of these would be in each page. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { guarded } from './guarded.js';

type Members<R extends t.Props, O extends t.Props> = { readonly [Name in keyof R]: t.TypeOf<R[Name]> } & { readonly [Name in keyof O]?: t.TypeOf<O[Name]> };

/** An object with these members, and the optional ones where they are there. Others are dropped. */
export function members<R extends t.Props>(name: string, required: R): t.Type<Members<R, Record<never, never>>>;
export function members<R extends t.Props, O extends t.Props>(name: string, required: R, optional: O): t.Type<Members<R, O>>;
export function members(objectName: string, required: t.Props, optional: t.Props = {}): t.Type<Readonly<Record<string, unknown>>> {
  const codecs = Object.entries({ ...required, ...optional });
  const isLeftOut = (name: string, value: unknown): boolean => value === undefined && name in optional;
  return new t.Type(
    objectName,
    (u): u is Readonly<Record<string, unknown>> => t.UnknownRecord.is(u) && codecs.every(([name, codec]) => isLeftOut(name, u[name]) || codec.is(u[name])),
    (u, context) => {
      if (!t.UnknownRecord.is(u)) return t.failure(u, context);
      const errors: t.ValidationError[] = [];
      const values: [string, unknown][] = [];
      for (const [name, codec] of codecs) {
        if (isLeftOut(name, u[name])) continue;
        const value: t.Validation<unknown> = codec.validate(u[name], t.appendContext(context, name, codec));
        if (E.isRight(value)) values.push([name, value.right]);
        else errors.push(...value.left);
      }
      return errors.length > 0 ? t.failures(errors) : t.success(Object.fromEntries(values));
    },
    t.identity,
  );
}

/** An array that is right or wrong as a whole: a hostile one gives one problem, not one for each of its elements. */
export const arrayOf = <A>(name: string, is: t.Is<A>): t.Type<readonly A[]> => guarded(name, (u): u is readonly A[] => Array.isArray(u) && u.every(is));

/** This value and no other. */
export const exactly = <A extends string | number | boolean>(value: A): t.Type<A> => guarded(String(value), (u): u is A => u === value);

export const orNull = <A>({ name, is }: t.Type<A>): t.Type<A | null> => guarded(`${name} or null`, (u): u is A | null => u === null || is(u));

/** What one of these guards takes. */
export const oneOf = <All extends readonly unknown[]>(name: string, ...guards: { readonly [Place in keyof All]: t.Is<All[Place]> }): t.Type<All[number]> => guarded(name, (u): u is All[number] => guards.some((is) => is(u)));
