/** What one connection may ask of a gateway at most: told to the client in the `welcome`. */
import * as t from 'io-ts';
import { members } from '../../wire/codecs.js';

/** Numbers of bytes, unless they say otherwise. */
export const Limits = members('limits', {
  /** One message to the gateway. */
  message: t.number,
  /** Requests under way. */
  requests: t.number,
  /** Feeds. */
  feeds: t.number,
  /** Keys that wake the connection. */
  keys: t.number,
  /** Keys in one request. */
  keysPerRequest: t.number,
  /** What may be granted to one feed. */
  feedCredit: t.number,
});
export type Limits = t.TypeOf<typeof Limits>;

export const defaultLimits: Limits = {
  message: 64 << 10,
  requests: 64,
  feeds: 256,
  keys: 5000,
  keysPerRequest: 1000,
  feedCredit: 8 << 20,
};

/** The largest message to a gateway that lets clients write. */
export const writingMessage = 16 << 20;
