/** Loads an optional package when it is needed. A file of its own, which the CommonJS build replaces (see `.scripts/build.mjs`). */

/** The package's exports; rejects if it is not installed. */
export const importPackage = (name: string): Promise<unknown> => import(name);
