/** The names and numbers of blissdata's protocol 1 that do not depend on the identity model. */

/** The key that holds the protocol version of an initialised database. */
export const protocolVersionKey = '_PROTOCOL_VERSION_';
export const protocolVersion = 1;

/** The stream that lists every scan when it is created; its entry ids are the timetags. */
export const historyKey = '_SCAN_HISTORY_';
/** How many scans the history keeps, approximately (`XADD MAXLEN ~`). */
export const historyLength = 2048;
/** The field of a history entry with the scan's key. */
export const historyField = 'key';
/** The field of a state entry with the state's number. */
export const stateField = 'state';

/** The journal of memory trackers: each entry holds the id that was then the last one of every stream of the open scans. */
export const journalKey = '_MEMORY_TRACKING_';

/** A scan that expires within this time, in ms, counts as deleted; its clients have that long to finish. */
export const deletionMs = 10_000;

/** The `info.end_reason` of a scan that was deleted before it was closed. */
export const deletionReason = 'DELETION';

/** The modules that a server must have loaded, as `MODULE LIST` names them. */
export const requiredModules = ['ReJSON', 'search'] as const;

/** How many terms a wildcard may expand to; RediSearch's default of 200 would silently cut off results. */
export const maxPrefixExpansions = 2000;

/** The longest `info` of a scan, in characters as Python's `json.dumps` writes it. */
export const maxInfoLength = 2 ** 20;

/** About how many bytes an entry of a small window takes in a request beside its payload, its share of the window's keys and ids included. */
export const entryOverhead = 100;
