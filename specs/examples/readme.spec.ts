/** What the README names exists, and what exists is named where it says it lists all. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import * as api from '../../lib/index.js';
import * as operators from '../../lib/operators.js';
import { memoryDatabase } from '../../lib/testing.js';
import { publishing, reading } from '../scan/publishing.js';
import { onRedis } from '../store/on-redis.js';

const on = onRedis();

const readme = readFileSync('README.md', 'utf8');

/** The text under a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`The README has no section "${heading}"`);
  return text.split('\n## ')[0] ?? '';
}

const matches = (text: string, pattern: RegExp): readonly string[] => [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))].sort();

describe('the README', () => {
  it('lists every error there is', () => {
    const rows = section('Errors').split('\n').filter((line) => line.startsWith('|')).slice(2).join('\n');
    const guards = Object.keys(api).filter((name) => name.startsWith('is') && name !== 'isBlissdataError');
    expect(matches(rows, /`(\w+)`/g)).toEqual(guards.map((name) => name.slice(2)).sort());
  });

  it('lists every operator there is', () => {
    expect(matches(section('Operators'), /[`(] ?(\w+)\(/g).filter((name) => name !== 'length')).toEqual(Object.keys(operators).sort());
  });

  it('names only what stores, scans, streams and writers have', async () => {
    const published = await publishing(on.store, api.numeric('float64'));
    const stream = await reading(on.store, published, 'float64');
    const objects = { store: [on.store], scan: [await firstValueFrom(on.store.loadScan(published.scan.key)), published.scan], stream: [stream], writer: [published.writer] };
    // The Python names stand in the first column.
    const ours = readme.split('\n').map((line) => (/^\| .*\| /.test(line) ? line.slice(line.indexOf(' | ')) : line)).join('\n');
    for (const [name, candidates] of Object.entries(objects)) {
      const members = matches(ours, new RegExp(`\\b${name}\\.([a-zA-Z]+\\$?)`, 'g'));
      expect(members.filter((member) => !candidates.some((object) => member in object))).toEqual([]);
      expect(members).not.toEqual([]);
    }
  });

  it('shows a database in memory that can be used', async () => {
    expect(section('Testing programs that use it')).toContain('DataStore.over(memoryDatabase(');
    const store = api.DataStore.over(memoryDatabase());
    const scan = await store.createScan({ name: 'x', number: 1, data_policy: 'none' });
    expect((await firstValueFrom(store.search())).keys).toEqual([scan.key]);
    await store.close();
  });
});
