/** The names of things in a database. */

/** A Redis key. */
export type Key = string;

/** A Redis stream id, `<ms>-<seq>`; `0-0` comes before all. In data streams `<ms>` is the index of the entry's first point. */
export type Id = string;
