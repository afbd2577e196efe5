/** The fixed names and numbers of blissdata's protocol 1 that do not depend on an identity model. */

/** The key that holds the protocol version of an initialised database. */
export const protocolVersionKey = '_PROTOCOL_VERSION_';
export const protocolVersion = 1;

/** The stream that lists every scan as it is created; its entry ids are the timetags. */
export const historyKey = '_SCAN_HISTORY_';
/** How many scans the history keeps, approximately (`XADD MAXLEN ~`). */
export const historyLength = 2048;
/** The field of a history entry that holds the scan's key. */
export const historyField = 'key';
/** The field of a state entry that holds the state's number. */
export const stateField = 'state';

/** The memory trackers' journal: each entry holds, for every stream of the open scans, the id of its last entry at that time. */
export const journalKey = '_MEMORY_TRACKING_';

/** A scan whose time to live is this or less counts as deleted, so that those who still use it can finish. */
export const deletionSeconds = 10;

/** What `info.end_reason` says of a scan that was deleted before it was closed. */
export const deletionReason = 'DELETION';

/** The modules a server must have loaded, as `MODULE LIST` names them. */
export const requiredModules = ['ReJSON', 'search'] as const;

/** How many terms a search with a wildcard may expand to; RediSearch's own default of 200 would cut results short. */
export const maxPrefixExpansions = 2000;

/** The longest `info` of a scan, in characters as Python's `json.dumps` writes it. */
export const maxInfoLength = 2 ** 20;
