/** The states of a scan and the transitions between them. */

/**
 * A scan only moves to a greater state, and a reader may see states skipped: "has it started?" is `state >= ScanState.STARTED`,
 * never an equality. The numbers are those on the wire (blissdata protocol 1).
 */
export const ScanState = { CREATED: 0, PREPARED: 1, STARTED: 2, STOPPED: 3, CLOSED: 4 } as const;
export type ScanState = (typeof ScanState)[keyof typeof ScanState];

/** In the order of their numbers. */
const names: readonly string[] = Object.keys(ScanState);

export const isScanState = (value: number): value is ScanState => names[value] !== undefined;

export const scanStateName = (state: ScanState): string => names[state] ?? String(state);

/** prepare, start and stop require the state just before; close is allowed from any state. */
export const canChangeState = (from: ScanState, to: ScanState): boolean => to === ScanState.CLOSED || to === from + 1;
