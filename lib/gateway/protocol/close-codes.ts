/** Why a socket is closed, as its close code says: those of the WebSocket protocol (RFC 6455, 7.4), and the gateway's own from 4400 on. */

export const closeCodes = {
  /** There is nothing more to say. */
  normal: 1000,
  /** The gateway or the page goes away, or a ping was not answered. */
  goingAway: 1001,
  /** No close was received: the connection broke. */
  broken: 1006,
  /** A message is larger than the limit. */
  tooBig: 1009,
  internalError: 1011,
  /** The gateway restarts: come back within the announced time. */
  restart: 1012,
  tryAgainLater: 1013,
  /** A message that is none of the protocol's. */
  badMessage: 4400,
  /** No token where one is needed, an unknown one, or one that has expired. */
  unauthorized: 4401,
  /** The token is known, and may not do anything here. */
  forbidden: 4403,
  /** Nothing is at this address. */
  notFound: 4404,
  /** No `hello` came in time. */
  helloTimeout: 4408,
  /** Messages were waiting, and the client took none for too long. */
  noProgress: 4413,
  /** Too many requests for too long. */
  tooManyRequests: 4429,
} as const;

const passing: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4413, 4429]);

/** Whether a client may come back by itself after this close. */
export const mayComeBack = (code: number): boolean => passing.has(code);
