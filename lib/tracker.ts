/** `blissdata-rx/tracker`: keeps a Redis server from running out of memory. */
export { trackMemory, type TrackMemoryOptions } from './tracker/track-memory.js';
export type { TrackerEvent, TrackerRound } from './tracker/tracker-event.js';
export type { TrackerOptions } from './tracker/tracker-options.js';
