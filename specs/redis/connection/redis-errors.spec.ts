/** Which failures of a command are the network's, and which no other connection mends. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { numeric } from '../../../lib/index.js';
import { commandError, connectError, disconnected } from '../../../lib/redis/connection/redis-errors.js';
import { plainError } from '../../../lib/redis/connection/secrets.js';
import { publishing, reading } from '../../scan/publishing.js';
import { onRedis } from '../../store/on-redis.js';
import { failureOf } from '../../store/outcomes.js';

const on = onRedis();
const url = 'redis://somewhere:6379';

afterEach(() => {
  jest.restoreAllMocks();
});

const withCode = (code: string, message = code): Error => Object.assign(new Error(message), { code });
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('a command that fails', () => {
  it.each([
    withCode('ECONNRESET', 'read ECONNRESET'),
    withCode('EPIPE', 'write EPIPE'),
    withCode('ETIMEDOUT'),
    withCode('EHOSTUNREACH'),
    withCode('ENOTFOUND'),
    withCode('EAI_AGAIN'),
    withCode('ERR_STREAM_DESTROYED'),
    new Error('Connection is closed.'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error("Socket timeout. Expecting data, but didn't receive any in 400ms."),
    named('AbortError', 'Command aborted due to connection close'),
    named('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 0).'),
    Object.assign(new Error(''), { errors: [withCode('ECONNREFUSED'), withCode('ECONNREFUSED')] }),
  ])('with a lost connection (%s) is Disconnected, or of unknown outcome', (error) => {
    expect(commandError(error, { url, command: 'GET' })).toMatchObject({ _tag: 'Disconnected', retriable: true });
    expect(commandError(error, { url, command: 'XADD', writes: 'key' })).toMatchObject({ _tag: 'OutcomeUnknown', key: 'key' });
    expect(connectError(error, url)).toMatchObject({ _tag: 'Disconnected' });
  });

  it.each([
    new TypeError("Cannot read properties of undefined (reading 'length')"),
    new RangeError('Array buffer allocation failed'),
    new SyntaxError('Unexpected end of JSON input'),
    withCode('ERR_STRING_TOO_LONG', 'Cannot create a string longer than 0x1fffffe8 characters'),
    withCode('ENOMEM', 'not enough memory'),
    named('DataCloneError', 'could not be cloned'),
    new Error('anything else'),
    'a text',
    undefined,
  ])('with anything else (%s) is an InternalError, which is not tried again', (error) => {
    for (const writes of [{}, { writes: 'key' }]) {
      expect(commandError(error, { url, command: 'XADD', ...writes })).toMatchObject({ _tag: 'InternalError', where: 'XADD', retriable: false, cause: expect.anything() });
    }
  });

  it('that ended a connection by a bug is not blamed on the network', () => {
    expect(disconnected(plainError(new TypeError('x is not a function')), url)).toMatchObject({ _tag: 'InternalError', retriable: false });
    expect(disconnected(new Error('another connection to the server was silent for too long'), url)).toMatchObject({ _tag: 'Disconnected', retriable: true });
  });
});

describe('a store in which something throws', () => {
  it.each([
    ['writing a point', 'EVALSHA'],
    ['reading a scan', 'JSON.GET'],
  ])('while %s says so at once, and what was under way fails for good', async (_, command) => {
    const published = await publishing(on.store, numeric('float64'));
    published.writer.send(1);
    await published.writer.flush();
    const send = Redis.prototype.sendCommand;
    let calls = 0;
    jest.spyOn(Redis.prototype, 'sendCommand').mockImplementation(function (this: Redis, ...args: Parameters<typeof send>) {
      if (args[0].name.toUpperCase() !== command) return send.apply(this, args);
      calls++;
      throw new RangeError('Array buffer allocation failed');
    });
    const used = command === 'EVALSHA' ? () => (published.writer.send(2), published.writer.flush()) : () => reading(on.store, published, 'float64');
    expect(await failureOf(used)).toMatchObject({ _tag: 'InternalError', retriable: false, reason: 'Array buffer allocation failed', cause: { name: 'RangeError' } });
    expect(calls).toBe(1);
  });
});
