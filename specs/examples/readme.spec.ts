/** The READMEs: their examples run, what they name exists, and what exists is named where they say that they list all. */
import * as assert from 'node:assert';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as E from 'fp-ts/lib/Either.js';
import * as O from 'fp-ts/lib/Option.js';
import * as rxjs from 'rxjs';
import * as rxjsTesting from 'rxjs/testing';
import { firstValueFrom } from 'rxjs';
import * as files from '../../lib/files.js';
import * as gateway from '../../lib/gateway.js';
import * as api from '../../lib/index.js';
import * as kinds from '../../lib/kinds.js';
import * as operators from '../../lib/operators.js';
import * as testing from '../../lib/testing.js';
import * as tracker from '../../lib/tracker.js';
import { publishing, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';
import { pythonWith } from '../support/python.js';
import { examplesIn, problemsOf, promisedOutput, run } from './markdown-examples.js';
import { given, publishScene } from './readme-scene.js';

const on = onRedis();

/** The one at the top, whose examples are excerpts of the programs in examples/, and those beside the code, whose examples are run here. */
const besideCode = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('README.md')).map((path) => join('lib', path)).sort();
const texts = new Map(['README.md', ...besideCode].map((path) => [path, readFileSync(path, 'utf8')]));

/** The text under a heading, up to the next one of its level, in whichever README has it. */
function section(heading: string): string {
  for (const text of texts.values()) {
    for (const level of ['#', '##']) {
      const [, rest] = `\n${text}`.split(`\n${level} ${heading}\n`);
      if (rest !== undefined) return rest.split(`\n${level} `)[0] ?? '';
    }
  }
  throw new Error(`No README has a section "${heading}"`);
}

const matches = (text: string, pattern: RegExp): readonly string[] => [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();

describe('the READMEs', () => {
  it('list every error there is', () => {
    const rows = section('Errors').split('\n').filter((line) => line.startsWith('|')).slice(2).join('\n');
    const guards = Object.keys(api).filter((name) => name.startsWith('is') && name !== 'isBlissdataError');
    expect(matches(rows, /`(\w+)`/g)).toEqual(guards.map((name) => name.slice(2)).sort());
  });

  it('list every operator there is', () => {
    const names = section('Operators').split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split(' | ')[0] ?? '').join('\n');
    expect(matches(names, /`(\w+)\(/g)).toEqual(Object.keys(operators).sort());
  });

  it('name only what stores, scans, streams and writers have', async () => {
    const published = await publishing(on.store, api.numeric('float64'));
    const stream = await reading(on.store, published, 'float64');
    const objects = { store: [on.store], scan: [await firstValueFrom(on.store.loadScan(published.scan.key)), published.scan], stream: [stream], writer: [published.writer] };
    // The Python names stand in the first column.
    const ours = [...texts.values()].join('\n').split('\n').map((line) => (/^\| .*\| /.test(line) ? line.slice(line.indexOf(' | ')) : line)).join('\n');
    for (const [name, candidates] of Object.entries(objects)) {
      const members = matches(ours, new RegExp(`(?<![-\\w/])${name}\\.([a-zA-Z]+\\$?)`, 'g'));
      expect(members.filter((member) => !candidates.some((object) => member in object))).toEqual([]);
      expect(members).not.toEqual([]);
    }
  });

  it('show a database in memory that can be used', async () => {
    expect(section('The database in memory')).toContain('DataStore.over(memoryDatabase(');
    const store = api.DataStore.over(testing.memoryDatabase());
    const scan = await store.createScan({ name: 'x', number: 1, data_policy: 'none' });
    expect((await firstValueFrom(store.search())).keys).toEqual([scan.key]);
    await store.close();
  });

  it('link to files that exist', () => {
    for (const [path, text] of texts) {
      const links = matches(text, /\]\((?!https?:|#)([^)#]+)/g);
      expect({ path, missing: links.filter((link) => !existsFrom(path, link)) }).toEqual({ path, missing: [] });
    }
  });
});

function existsFrom(readme: string, link: string): boolean {
  const path = resolve(readme, '..', link);
  return readdirSync(resolve(path, '..')).some((name) => resolve(path, '..', name) === path);
}

const examples = besideCode.flatMap((path) => examplesIn(path, texts.get(path) ?? ''));

const modules = {
  'blissdata-rx': api,
  'blissdata-rx/hdf5': files,
  'blissdata-rx/gateway': gateway,
  'blissdata-rx/kinds': kinds,
  'blissdata-rx/operators': operators,
  'blissdata-rx/testing': testing,
  'blissdata-rx/tracker': tracker,
  'fp-ts/lib/Either.js': E,
  'fp-ts/lib/Option.js': O,
  rxjs,
  'rxjs/testing': rxjsTesting,
  'node:assert': assert,
};

describe('the examples beside the code', () => {
  let folder: string;
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'blissdata-rx-spec-')));
    const { code, stderr } = await (await pythonWith('2.4.5')).run(resolve('specs/examples/python/saved_scan.py'), [folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('compile', () => {
    expect(problemsOf(examples, given)).toEqual([]);
  });

  it.each(examples.map((example) => [example.place, example] as const))('print what they say: %s', async (_, example) => {
    const scene = await publishScene(on.store, on.client, on.url, folder);
    const printed = await run({ ...example, code: example.code.replaceAll('/data/visitor', folder) }, modules, scene);
    expect(printed).toEqual(promisedOutput(example));
  });
});
