/** The files that the gateway serves: read once at the start and found by name, so that no request ever makes a path. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { reasonOf } from '../../files/os-error.js';
import { blissdataError } from '../../model/errors.js';
import { textAnswer, type Answer } from './responses.js';

interface Page {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly tag: string;
  readonly cacheControl: string;
  /** The same compressed, from a file with `.br` after its name. */
  readonly brotli?: Uint8Array;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
const defaultType = 'application/octet-stream';

/** A name with a hash of the content, such as `main-Q4JX2A7B.js`, never stands for another one. */
const hashed = /[.-][\dA-Za-z]{8,}\.\w+$/;

export class Pages {
  private readonly pages: ReadonlyMap<string, Page>;

  /** @param files by name, such as `index.html` or `assets/main.js` */
  constructor(files: ReadonlyMap<string, Uint8Array>) {
    const shown = [...files].filter(([name]) => !name.endsWith('.br') || !files.has(name.slice(0, -'.br'.length)));
    this.pages = new Map(shown.map(([name, bytes]) => [`/${name}`, pageOf(name, bytes, files.get(`${name}.br`))]));
  }

  /** @param path of a URL, as it was sent */
  answer(path: string, { 'if-none-match': known, 'accept-encoding': accepted }: IncomingHttpHeaders): Answer {
    const page = this.pages.get(decoded(path.endsWith('/') ? `${path}index.html` : path));
    if (page === undefined) return textAnswer(404, 'There is nothing here.');
    const brotli = accepted !== undefined && /(^|[\s,])br($|[\s,;])/.test(accepted) ? page.brotli : undefined;
    // The two encodings are different answers.
    const tag = brotli === undefined ? `"${page.tag}"` : `"${page.tag}-br"`;
    const headers = { ETag: tag, 'Cache-Control': page.cacheControl, ...(page.brotli === undefined ? {} : { Vary: 'Accept-Encoding' }) };
    if (known !== undefined && (known === '*' || known.split(',').some((each) => each.trim().replace(/^W\//, '') === tag))) return { status: 304, headers };
    return { status: 200, headers: { ...headers, 'Content-Type': page.type, ...(brotli === undefined ? {} : { 'Content-Encoding': 'br' }) }, body: brotli ?? page.bytes };
  }
}

function pageOf(name: string, bytes: Uint8Array, brotli: Uint8Array | undefined): Page {
  return {
    bytes,
    type: types[extname(name).toLowerCase()] ?? defaultType,
    tag: createHash('sha256').update(bytes).digest('base64url'),
    cacheControl: hashed.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(brotli === undefined ? {} : { brotli }),
  };
}

/** A malformed one stays as it is, and names no page. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** All files of a folder and the folders below, by name; hidden ones and symbolic links are left out. Rejects with `FileNotReadable`. */
export async function filesOf(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const named = paths.map((path) => [relative(folder, path).split(sep).join('/'), path] as const).filter(([name]) => !name.split('/').some((part) => part.startsWith('.')));
    return new Map(await Promise.all(named.map(async ([name, path]) => [name, await readFile(path)] as const)));
  } catch (error) {
    throw blissdataError('FileNotReadable', { path: folder, reason: reasonOf(error) }, error);
  }
}
