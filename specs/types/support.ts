/** The words type tests are written in. Nothing here runs: the compiler is the judge, see types.spec.ts. */

/** Whether two types are the same one, also where each could be assigned to the other (`any`, optional and readonly parts). */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Whether a value of the first type is accepted where the second is asked for. */
export type Assignable<From, To> = [From] extends [To] ? true : false;

/** Does not compile unless its type argument is `true`. */
export declare function expectType<T extends true>(): T;

/** A value of any type, to call the API with. */
export declare function value<T>(): T;

/** One named case: every compile error inside `body` fails the test of that name, an unused `@ts-expect-error` included. */
export declare function typeTest(name: string, body: () => void): void;
