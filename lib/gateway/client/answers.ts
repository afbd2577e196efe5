/** The values that a gateway answers with. */
import * as t from 'io-ts';

const LogEntry = t.type({ id: t.string, fields: t.record(t.string, t.string) });
const list = <A>(item: t.Type<A>): t.Type<readonly A[]> => t.readonlyArray(item);
const orNull = <A>(value: t.Type<A>): t.Type<A | null> => t.union([value, t.null]);

const state = t.partial({ state: LogEntry });
const scanDeleted = t.type({ _tag: t.literal('scanDeleted') });

export const flags = list(t.boolean);
export const texts = list(orNull(t.string));
export const text = orNull(t.string);
export const length = t.number;
export const logEntries = list(LogEntry);
export const historyPage = t.intersection([t.type({ entries: logEntries }), t.partial({ lostUntil: t.string })]);
export const scanRecord = orNull(t.intersection([t.type({ json: t.string }), state]));
export const states = list(orNull(state));
export const searchResult = t.type({ timetag: t.string, keys: list(t.string) });
export const heads = list(
  t.intersection([t.type({ key: t.string, exists: t.boolean, lastId: t.string, length: t.number, sealed: t.boolean }), t.partial({ emptied: t.literal(true) })]),
);
export const appendResults = list(
  t.union([
    t.type({ _tag: t.literal('appended'), lastId: t.string }),
    t.type({ _tag: t.literal('conflict'), found: t.string }),
    t.type({ _tag: t.literal('sealed') }),
    scanDeleted,
    t.type({ _tag: t.literal('sendAlone') }),
  ]),
);
export const sealResult = t.union([t.type({ _tag: t.literal('sealed'), length: t.number }), scanDeleted]);
export const commitResult = t.union([t.type({ _tag: t.literal('committed'), id: t.string }), t.type({ _tag: t.literal('conflict'), id: t.string, state: t.string }), scanDeleted]);
export const deletionResult = t.union([t.type({ _tag: t.literal('deleted') }), scanDeleted, t.intersection([t.type({ _tag: t.literal('open') }), t.partial({ state: t.string })])]);
