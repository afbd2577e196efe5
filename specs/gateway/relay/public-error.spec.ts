/** What leaves a gateway of its errors: the tag, and fields that say nothing of where the database is, who asks it, or which files there are. */
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { publicError, publicFailure } from '../../../lib/gateway/relay/public-error.js';
import { blissdataError, isBlissdataError, type BlissdataError, type ErrorTag } from '../../../lib/model/errors.js';
import { redisDatabase } from '../../../lib/redis/redis-database.js';
import { errorFromJson } from '../../../lib/wire/error-json.js';
import { anyBlissdataError, tags } from '../../wire/any-error.js';
import { failure } from './calls.js';

const secrets = ['redis-host', '10.1.2.3', '6379', 'fe80::1', 'reader', 'swordfish', '/srv/', 'rediss'];
const loaded = 'connect to rediss://reader:swordfish@redis-host:6379 (10.1.2.3:6379, [fe80::1]:6379) for /srv/blissdata/data.h5 failed';

/** An error of a tag, with this text in all its fields and behind it. */
function withTexts(tag: ErrorTag, text: string): BlissdataError {
  const [sample] = fc.sample(anyBlissdataError(tag), { numRuns: 1, seed: 1 });
  if (sample === undefined) throw new Error(`there is no ${tag}`);
  const texts = Object.entries(sample).flatMap(([name, value]): [string, unknown][] => (['_tag', 'name'].includes(name) ? [] : typeof value === 'string' ? [[name, text]] : Array.isArray(value) ? [[name, [text]]] : []));
  return Object.assign(sample, Object.fromEntries(texts), { message: text, cause: new Error(text) });
}

/** About the gateway and its database alone: nothing of these is a client's business. */
const inner: ReadonlySet<ErrorTag> = new Set<ErrorTag>(['InvalidUrl', 'Disconnected', 'TlsFailed', 'InternalError', 'NotInitialized', 'DatabaseNotEmpty', 'MissingModule', 'NoMemoryLimit', 'NoServer', 'PortInUse', 'StoreClosed']);
/** What the network, the server or the file system says in the errors about a request. Everything else is the client's own, or of what it may read. */
const saidInside: Readonly<Record<string, readonly ErrorTag[]>> = { reason: ['OutcomeUnknown', 'RequestTooLarge', 'PointTooLarge', 'FileNotReadable'], problems: ['UnexpectedReply'] };

const secretsIn = (value: unknown): readonly string[] => secrets.filter((secret) => JSON.stringify(value ?? null).includes(secret));

describe('an error of each tag', () => {
  it.each(tags)('%s has no address, user or password in what comes from inside, no stack and no cause', (tag) => {
    const json = publicError(withTexts(tag, loaded), 'id10');
    expect(Object.keys(json)).not.toContain('stack');
    expect(Object.keys(json)).not.toContain('cause');
    if (inner.has(tag)) expect(secretsIn(json)).toEqual([]);
    for (const name of ['url', 'reply', 'roots']) expect([name, secretsIn(json.fields?.[name])]).toEqual([name, []]);
    for (const [name, where] of Object.entries(saidInside)) if (where.includes(tag)) expect([name, secretsIn(json.fields?.[name])]).toEqual([name, []]);
    const restored = errorFromJson(JSON.parse(JSON.stringify(json)));
    expect(isBlissdataError(restored)).toBe(true);
    expect(json.message).toBe(restored.message);
  });

  it('keeps its tag and fields where they are about the request', () => {
    expect(publicError(blissdataError('ScanNotFound', { key: 'esrf:scan:x' }, new Error('inside')), 'id10')).toEqual({
      _tag: 'ScanNotFound',
      name: 'BlissdataError',
      message: 'No scan at esrf:scan:x: it was deleted, or the key is wrong',
      retriable: false,
      fields: { key: 'esrf:scan:x' },
    });
    expect(publicFailure(blissdataError('GatewayLimit', { what: 'feeds', limit: Infinity }), 'id10')).toMatchObject({ limit: Infinity });
    expect(publicFailure(blissdataError('ServerError', { command: 'XADD', code: 'WRONGTYPE', reply: 'WRONGTYPE Operation against a key' }), 'id10')).toMatchObject({ reply: 'WRONGTYPE Operation against a key' });
  });

  it('drops fields that are not of its tag', () => {
    expect(publicError(Object.assign(blissdataError('ScanNotFound', { key: 'k' }), { host: 'redis-host' }), 'id10').fields).toEqual({ key: 'k' });
  });

  it('is one of the network for a client where the gateway has closed its database', () => {
    expect(publicFailure(blissdataError('StoreClosed', {}), 'id10')).toMatchObject({ _tag: 'Disconnected', url: 'id10', retriable: true });
  });

  it('does not name the user of the gateway', () => {
    const reply = "NOPERM User reader has no permissions to run the 'get' command";
    expect(secretsIn(publicError(blissdataError('ServerError', { command: 'GET', code: 'NOPERM', reply }), 'id10'))).toEqual([]);
  });

  it('names no file of the gateway but the one that the scan names', () => {
    const failed = blissdataError('FileNotReadable', { path: 'data/scan.h5', reason: "EACCES: permission denied, open '/srv/blissdata/data/scan.h5'" });
    expect(publicFailure(failed, 'id10')).toMatchObject({ path: 'data/scan.h5', reason: "the gateway's log says more" });
    expect(publicFailure(blissdataError('FileNotReadable', { path: 'data/scan.h5', reason: 'there is no such file' }), 'id10')).toMatchObject({ reason: 'there is no such file' });
    expect(secretsIn(publicError(blissdataError('PathNotAllowed', { path: '../x', roots: ['/srv/blissdata'] }), 'id10'))).toEqual([]);
  });
});

describe('what is no error of this package', () => {
  it.each<[string, unknown]>([
    ['an Error', new Error(loaded)],
    ['a TypeError', new TypeError(loaded)],
    ['a text', loaded],
    ['nothing', undefined],
    ['null', null],
    ['an object that looks like one', { _tag: 'ScanNotFound', name: 'BlissdataError', key: 7 }],
    ['an unknown tag', Object.assign(blissdataError('StoreClosed', {}), { _tag: 'toString' })],
  ])('is an InternalError that tells nothing: %s', (_, thrown) => {
    expect(publicError(thrown, 'id10')).toEqual({ _tag: 'InternalError', name: 'BlissdataError', message: expect.any(String), retriable: false, fields: { where: 'The gateway', reason: "the gateway's log says more" } });
  });
});

describe('a real failure of a connection', () => {
  const shown = async (url: string, run: 'read' | 'write' = 'read'): Promise<unknown> => {
    const database = redisDatabase(url, { connection: { connectTimeout: 2000 } });
    try {
      const error = await failure(run === 'read' ? firstValueFrom<unknown>(database.protocolVersion()) : firstValueFrom<unknown>(database.seal({ key: 'k', scan: 's', length: 0 })));
      return publicError(error, 'id10');
    } finally {
      await firstValueFrom(database.close(), { defaultValue: undefined });
    }
  };
  /** A server that answers every request in this way, and hangs up. */
  async function answering(reply: string, use: (port: number) => Promise<void>): Promise<void> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => (reply === '' ? socket.destroy() : socket.end(reply)));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      await use((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }
  const url = (port: number): string => `redis://reader:swordfish@127.0.0.1:${port}/0`;

  it('that is refused tells nothing of where the database is', async () => {
    let free = 0;
    await answering('', async (port) => void (free = port));
    const json = await shown(url(free));
    expect(json).toMatchObject({ _tag: 'Disconnected', retriable: true, fields: { url: 'id10' } });
    for (const hint of ['127.0.0.1', String(free), 'reader', 'swordfish', 'redis:']) expect([hint, JSON.stringify(json).includes(hint)]).toEqual([hint, false]);
  });

  it.each([['read'], ['write']] as const)('that breaks during a %s neither', async (run) => {
    await answering('', async (port) => {
      const json = await shown(url(port), run);
      expect(json).toMatchObject({ fields: expect.any(Object) as unknown });
      for (const hint of ['127.0.0.1', String(port), 'reader', 'swordfish']) expect([hint, JSON.stringify(json).includes(hint)]).toEqual([hint, false]);
    });
  });

  it.each(['-WRONGPASS invalid username-password pair or user reader is disabled.\r\n', '-MOVED 3999 127.0.0.1:6381\r\n', '-LOADING on 10.1.2.3:6379\r\n', '+nonsense from redis-host:6379\r\n'])('after the reply %j neither', async (reply) => {
    await answering(reply, async (port) => {
      const json = await shown(url(port));
      for (const hint of ['127.0.0.1', String(port), 'reader', 'swordfish', '10.1.2.3', '6381', 'redis-host']) expect([hint, JSON.stringify(json).includes(hint)]).toEqual([hint, false]);
    });
  });

  it('to a host without an address neither', async () => {
    const json = await shown('redis://reader:swordfish@no-such-host.invalid:6399');
    for (const hint of ['no-such-host', '6399', 'reader', 'swordfish']) expect([hint, JSON.stringify(json).includes(hint)]).toEqual([hint, false]);
  });
});
