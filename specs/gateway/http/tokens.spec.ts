/** Tokens: their file, what they give, how they are renewed and withdrawn. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NEVER, of, throwError } from 'rxjs';
import { grantOf, parseTokens } from '../../../lib/gateway/access/token-file.js';
import { Tokens } from '../../../lib/gateway/access/tokens.js';
import { blissdataError, ESRFIdentity } from '../../../lib/index.js';
import type { Visitor } from '../../../lib/gateway.js';
import { closeAfterEach, connected, open, welcomed } from './opened.js';

closeAfterEach();

const [first, second] = ['5b1d8d6e0f4a4a0f', 'c7d1f6a9b7e94d53'];
const parse = (text: string) => parseTokens(ESRFIdentity, text);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blissdata-rx-spec-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function tokenFile(text: string): Promise<string> {
  const path = join(folder, 'tokens');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

describe('a token file', () => {
  it('has a token a line with roles and criteria', () => {
    expect(parse(`# The screens.\n\n  ${first}   read # of the hutch\r\n${second}\twrite,delete  session=id10*,name=*scan  number=5,proposal=ma%201%2C2%25\n`)).toEqual([
      { token: first, rights: { read: 'all', write: false, delete: false } },
      {
        token: second,
        rights: {
          read: [
            [{ _tag: 'text', field: 'session', kind: 'startsWith', text: 'id10' }, { _tag: 'text', field: 'name', kind: 'endsWith', text: 'scan' }],
            [{ _tag: 'number', field: 'number', min: 5, max: 5 }, { _tag: 'text', field: 'proposal', kind: 'equals', text: 'ma 1,2%' }],
          ],
          write: true,
          delete: true,
        },
      },
    ]);
    expect(parse(`${first} read number=1..9 number=..9 number=-1..`)[0]?.rights.read).toEqual([
      [{ _tag: 'number', field: 'number', min: 1, max: 9 }],
      [{ _tag: 'number', field: 'number', min: -Infinity, max: 9 }],
      [{ _tag: 'number', field: 'number', min: -1, max: Infinity }],
    ]);
    expect(parse('')).toEqual([]);
  });

  it.each([
    ['no role', first],
    ['an unknown role', `${first} admin`],
    ['a secret in the place of the role', `read ${first}`],
    ['a secret in the place of the criteria', `${second} read ${first}`],
    ['a short token', `a5b1d8 read`],
    ['a token with an umlaut', `${'ä'.repeat(16)} read`],
    ['a criterion without a name', `${first} read =x`],
    ['an unknown field', `${first} read colour=red`],
    ['a field of every object', `${first} read constructor=red`],
    ['no value', `${first} read session=`],
    ['a wildcard in the middle', `${first} read session=i*d`],
    ['a number that is none', `${first} read number=five`],
    ['a range of nothing', `${first} read number=..`],
    ['a field twice', `${first} read session=aa,session=bb`],
    ['a lone percent sign', `${first} read session=5%`],
  ])('is refused for %s: with the line, without the token', (_, line) => {
    let error: unknown;
    try {
      parse(`# comment\n${second.toUpperCase()} read\n${line}\n`);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ _tag: 'InvalidArgument', argument: 'line 3 of the token file' });
    for (const secret of [first, second, second.toUpperCase(), 'a5b1d8']) expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secret);
  });

  it('is refused for a token that is there twice', () => {
    expect(() => parse(`${first} read\n${second} read\n${first} write`)).toThrow(/line 3 of the token file: expected another token, received that of line 1/);
  });

  it('that is missing, or not right, is an error at the start', async () => {
    await expect(open({ tokenFile: join(folder, 'absent') })).rejects.toMatchObject({ _tag: 'FileNotReadable', reason: 'there is no such file' });
    await expect(open({ tokenFile: await tokenFile(first) })).rejects.toMatchObject({ _tag: 'InvalidArgument' });
  });

  it('that all may read is worth a warning', async () => {
    const path = await tokenFile(`${first} read`);
    expect((await open({ tokenFile: path })).logged).not.toContainEqual(expect.objectContaining({ event: 'warning' }));
    await chmod(path, 0o644);
    expect((await open({ tokenFile: path })).logged).toContainEqual(expect.objectContaining({ event: 'warning', message: 'Other users of this machine may read the token file' }));
  });
});

describe('the tokens', () => {
  it('are found whole, not by their beginning', () => {
    const tokens = new Tokens([grantOf(ESRFIdentity, { token: first, roles: ['read'] }), grantOf(ESRFIdentity, { token: second, roles: ['write'] })]);
    expect(tokens.rightsOf(first)).toMatchObject({ write: false });
    expect(tokens.rightsOf(second)).toMatchObject({ write: true });
    for (const wrong of ['', first.slice(0, -1), `${first} `, `${first}\n`, first.toUpperCase(), `${first}${second}`, 'x'.repeat(60_000)]) expect(tokens.rightsOf(wrong)).toBeUndefined();
  });

  it('show nowhere', () => {
    const tokens = new Tokens([grantOf(ESRFIdentity, { token: first, roles: ['read'] })]);
    expect(JSON.stringify(tokens)).not.toContain(first);
  });
});

describe('a connection', () => {
  it.each([
    ['no token', undefined],
    ['a wrong one', 'x'.repeat(16)],
    ['an empty one', ''],
    ['the beginning of one', first.slice(0, 15)],
  ])('is refused with %s', async (_, token) => {
    const opened = await open({ tokens: [{ token: first, roles: ['read'] }] });
    const client = await connected(opened);
    client.send({ hello: 1, ...(token === undefined ? {} : { token }) });
    expect(await client.closed).toMatchObject({ code: 4401 });
    await opened.logs({ event: 'closed', code: 4401, address: '127.0.0.1' });
  });

  it('is refused where the list of tokens is empty', async () => {
    const client = await connected(await open({ tokenFile: await tokenFile('# nobody yet') }));
    client.send({ hello: 1, token: '' });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  it('gives its token in the first message, not in the URL, a header or a cookie', async () => {
    const opened = await open({ tokens: [{ token: first, roles: ['read'] }] });
    const client = await connected(opened, { headers: { Authorization: `Bearer ${first}`, Cookie: `token=${first}` } }, `/v1/socket?token=${first}`);
    client.send({ hello: 1 });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  it.each([
    [{}, ['read', 'write', 'delete'], { write: false, delete: false }],
    [{ allowWrite: true, allowDelete: true }, ['read'], { write: false, delete: false }],
    [{ allowWrite: true }, ['write', 'delete'], { write: true, delete: false }],
    [{ allowDelete: true }, ['write', 'delete'], { write: false, delete: true }],
  ] as const)('with %j and the roles %j has the rights %j', async (options, roles, rights) => {
    const opened = await open({ ...options, tokens: [{ token: first, roles }] });
    expect((await welcomed(opened, first)).welcome).toMatchObject({ rights });
  });

  it('without tokens may do what the gateway allows', async () => {
    expect((await welcomed(await open())).welcome).toMatchObject({ rights: { write: false, delete: false } });
    expect((await welcomed(await open({ allowWrite: true, allowDelete: true }))).welcome).toMatchObject({ rights: { write: true, delete: true } });
  });

  it('with an expired token is refused; with one that expires it is told when, and may renew it', async () => {
    const later = Date.now() + 3_600_000;
    const opened = await open({
      tokens: [
        { token: first, roles: ['read'], expires: Date.now() - 1000 },
        { token: second, roles: ['read'], expires: later },
      ],
    });
    const refused = await connected(opened);
    refused.send({ hello: 1, token: first });
    // There is no welcome before it.
    await expect(refused.next()).rejects.toThrow('closed by 4401');
    const client = await welcomed(opened, second);
    expect(client.welcome).toMatchObject({ expires: later });
    client.send({ token: second });
    expect(await client.next()).toEqual({ expires: later });
    client.send({ token: first });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });
});

describe('reading the file again', () => {
  it('lets new tokens in, keeps those that stayed, closes those that went, and lets those come back that changed', async () => {
    const third = 'f00f00f00f00f00f';
    const path = await tokenFile(`${first} read\n${second} read\n${third} read`);
    const opened = await open({ tokenFile: path, allowWrite: true });
    const [stays, changes, goes] = [await welcomed(opened, first), await welcomed(opened, second), await welcomed(opened, third)];
    await writeFile(path, `${second} write\n${first} read\n${'n'.repeat(20)} read`);
    await opened.reload();
    expect(await changes.closed).toMatchObject({ code: 1012 });
    expect(await goes.closed).toMatchObject({ code: 4401 });
    expect(await stays.ask(1, 'protocolVersion')).toMatchObject({ id: 1 });
    expect((await welcomed(opened, second)).welcome).toMatchObject({ rights: { write: true } });
    expect((await welcomed(opened, 'n'.repeat(20))).welcome).toMatchObject({ welcome: 1 });
    const refused = await connected(opened);
    refused.send({ hello: 1, token: third });
    expect(await refused.closed).toMatchObject({ code: 4401 });
  });

  it('changes nothing if the file is not right', async () => {
    const path = await tokenFile(`${first} read`);
    const opened = await open({ tokenFile: path });
    const client = await welcomed(opened, first);
    await writeFile(path, `${second} read\n${first} nonsense`);
    await expect(opened.reload()).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'line 2 of the token file' });
    expect(await client.ask(1, 'protocolVersion')).toMatchObject({ id: 1 });
    expect((await welcomed(opened, first)).welcome).toMatchObject({ welcome: 1 });
    const refused = await connected(opened);
    refused.send({ hello: 1, token: second });
    expect(await refused.closed).toMatchObject({ code: 4401 });
  });
});

describe('the own authorize of a program', () => {
  it('is asked with the token and the headers, cookies only of pages that may connect', async () => {
    const visitors: Visitor[] = [];
    const opened = await open({
      authorize: (visitor) => {
        visitors.push(visitor);
        return of({ read: 'all' });
      },
    });
    await welcomed(opened, 'any', { headers: { Cookie: 'session=1', 'X-User': 'me' } });
    await welcomed(opened, 'any', { headers: { Cookie: 'session=1' }, origin: opened.url });
    expect(visitors).toEqual([
      expect.objectContaining({ token: 'any', address: '127.0.0.1', headers: expect.not.objectContaining({ cookie: expect.anything() }) }),
      expect.objectContaining({ headers: expect.objectContaining({ cookie: 'session=1', origin: opened.url }) }),
    ]);
    expect(visitors[0]?.headers).toMatchObject({ 'x-user': 'me' });
  });

  it('refuses by AccessDenied, and grants no more than the gateway allows', async () => {
    const opened = await open({
      authorize: ({ token }) => (token === 'good' ? of({ read: 'all', write: true, delete: true }) : throwError(() => blissdataError('AccessDenied', { url: '', reason: 'unknown to the office' }))),
      allowDelete: true,
    });
    expect((await welcomed(opened, 'good')).welcome).toMatchObject({ rights: { write: false, delete: true } });
    const refused = await connected(opened);
    refused.send({ hello: 1, token: 'bad' });
    expect(await refused.closed).toEqual({ code: 4401, reason: 'unknown to the office' });
  });

  it('that fails lets nothing in, and its message stays out of the log', async () => {
    const opened = await open({ authorize: ({ token = '' }) => throwError(() => new Error(`cannot check ${token} at db.example.org`)) });
    const client = await connected(opened);
    client.send({ hello: 1, token: first });
    expect(await client.closed).toMatchObject({ code: 1011, reason: expect.not.stringContaining('db.example') });
    expect(await opened.logs({ event: 'failed' })).toMatchObject({ level: 'error', reason: expect.stringMatching(/^Error/) });
    expect(JSON.stringify(opened.logged)).not.toMatch(/db\.example|5b1d8d6e/);
  });

  it('that never answers lets nothing in', async () => {
    const client = await connected(await open({ authorize: () => NEVER }));
    client.send({ hello: 1 });
    expect(await client.closed).toMatchObject({ code: 4401 });
  }, 30_000);

  it('takes no tokens beside', async () => {
    await expect(open({ authorize: () => of({ read: 'all' }), tokens: [] })).rejects.toMatchObject({ _tag: 'InvalidArgument', argument: 'authorize' });
  });
});
