/** Loads an optional package on first use. A file of its own because the CommonJS build replaces it (see `.scripts/build.mjs`). */

/** The package's exports; rejects if it is not installed. */
export const importPackage = (name: string): Promise<unknown> => import(name);
