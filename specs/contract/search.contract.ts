/** What every database must find: the TAG and NUMERIC fields of RediSearch. */
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { Criterion } from '../../lib/ports/search.js';
import { historyKey } from '../../lib/wire/protocol.js';
import { originId } from '../../lib/wire/stream-id.js';
import type { Use } from './opened.js';
import { createScan, scanKeyOf } from './samples.js';

type TextKind = Extract<Criterion, { _tag: 'text' }>['kind'];

const text = (field: string, kind: TextKind, value: string): Criterion => ({ _tag: 'text', field, kind, text: value });
const number = (field: string, min: number, max = min): Criterion => ({ _tag: 'number', field, min, max });

export function searchContract(use: Use): void {
  /** The numbers of the scans found. */
  async function find(...criteria: readonly Criterion[]): Promise<number[]> {
    const { keys } = await firstValueFrom(use().database.search({ prefix: 'esrf', criteria }));
    return keys.map((key) => Number(key.slice(-10))).sort((a, b) => a - b);
  }

  /** Creates scans 1, 2, ... with these identities. */
  async function given(...identities: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    let n = 0;
    for (const identity of identities) await createScan(use().other, ++n, identity);
  }

  describe('search', () => {
    it('finds nothing in an empty database', async () => {
      expect(await firstValueFrom(use().database.search({ prefix: 'esrf', criteria: [] }))).toEqual({ timetag: originId, keys: [] });
    });

    it('finds every scan without criteria, with the timetag of the newest', async () => {
      await given({}, {}, {});
      const [newest] = await firstValueFrom(use().database.logTail(historyKey, { count: 1 }));
      const { timetag, keys } = await firstValueFrom(use().database.search({ prefix: 'esrf', criteria: [] }));
      expect(timetag).toBe(newest?.id);
      expect([...keys].sort()).toEqual([1, 2, 3].map(scanKeyOf));
    });

    it('compares whole texts, ignoring case', async () => {
      await given({ name: 'Align' }, { name: 'align' }, { name: 'alignment' }, { name: 'al' });
      expect(await find(text('name', 'equals', 'ALIGN'))).toEqual([1, 2]);
      expect(await find(text('name', 'equals', 'alig'))).toEqual([]);
    });

    it('compares the beginning, the end, or any part of a text, ignoring case', async () => {
      await given({ name: 'alignment' }, { name: 'Realign' }, { name: 'MALIGNANT' }, { name: 'other' });
      expect(await find(text('name', 'startsWith', 'ALIGN'))).toEqual([1]);
      expect(await find(text('name', 'endsWith', 'Align'))).toEqual([2]);
      expect(await find(text('name', 'contains', 'align'))).toEqual([1, 2, 3]);
      expect(await find(text('name', 'contains', 'xyz'))).toEqual([]);
    });

    it('takes a | in a stored text for the end of one tag and the beginning of another', async () => {
      await given({ session: 'red|Green Apple | blue' }, { session: 'red' }, { session: 'redgreen' });
      expect(await find(text('session', 'equals', 'red'))).toEqual([1, 2]);
      expect(await find(text('session', 'equals', 'green apple'))).toEqual([1]);
      expect(await find(text('session', 'equals', 'blue'))).toEqual([1]);
      expect(await find(text('session', 'startsWith', 'green'))).toEqual([1]);
      expect(await find(text('session', 'equals', 'red|Green Apple | blue'))).toEqual([]);
    });

    it('ignores white space around a stored tag, not inside one', async () => {
      await given({ name: '  padded\t\n' }, { name: 'two  words' }, { name: '\u00a0' });
      expect(await find(text('name', 'equals', 'padded'))).toEqual([1]);
      expect(await find(text('name', 'equals', 'two words'))).toEqual([]);
      expect(await find(text('name', 'equals', 'two  words'))).toEqual([2]);
      expect(await find(text('name', 'equals', '\u00a0'))).toEqual([3]);
    });

    it('takes every character of a text for itself', async () => {
      const special = ['a-b', 'a b', 'a*b', 'a,b', 'a.b', 'a\\b', 'a`b', 'a"b', "a'b", 'a{b}', 'a[b]', 'a(b)', 'a<b>', 'a:b;c', 'a!b?', 'a@b', 'a#b', 'a$b', 'a%b', 'a^b', 'a&b', 'a+b=c', 'a~b', 'a/b', 'a\tb', 'a_b', 'aéb', 'a😀b', 'a日本b'];
      await given(...special.map((name) => ({ name })));
      for (const [i, name] of special.entries()) {
        expect([name, await find(text('name', 'equals', name))]).toEqual([name, [i + 1]]);
        expect([name, await find(text('name', 'contains', name.slice(1)))]).toEqual([name, [i + 1]]);
      }
    });

    it('takes control characters for themselves as well, but for NUL, where a stored text ends', async () => {
      const control = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).concat('\x7f');
      await given(...control.map((character) => ({ name: `a${character}b` })));
      for (const [i, character] of control.entries()) {
        if (character === '\0') continue;
        expect([i, await find(text('name', 'equals', `a${character}b`))]).toEqual([i, [i + 1]]);
        expect([i, await find(text('name', 'startsWith', `a${character}`))]).toEqual([i, [i + 1]]);
      }
      expect(await find(text('name', 'equals', 'a'))).toEqual([1]);
    });

    it('knows of a very long text its first 4096 bytes', async () => {
      await given({ name: 'm'.repeat(5000) }, { name: 'm'.repeat(4096) }, { name: 'm'.repeat(4095) }, { name: 'é'.repeat(3000) });
      expect(await find(text('name', 'equals', 'm'.repeat(4096)))).toEqual([1, 2]);
      expect(await find(text('name', 'startsWith', 'm'.repeat(4000)))).toEqual([1, 2, 3]);
      expect(await find(text('name', 'equals', 'é'.repeat(2048)))).toEqual([4]);
    });

    it('finds numbers by value and by range, both ends included', async () => {
      await given({ number: 1 }, { number: 2 }, { number: 3 }, { number: 1000 }, { number: -5 });
      expect(await find(number('number', 2))).toEqual([2]);
      expect(await find(number('number', 2, 1000))).toEqual([2, 3, 4]);
      expect(await find(number('number', 1.5, 2.5))).toEqual([2]);
      expect(await find(number('number', -Infinity, 1))).toEqual([1, 5]);
      expect(await find(number('number', 3, Infinity))).toEqual([3, 4]);
      expect(await find(number('number', 7))).toEqual([]);
    });

    it('requires every criterion to be met', async () => {
      await given({ name: 'a1', number: 1, session: 'x' }, { name: 'a1', number: 2, session: 'x' }, { name: 'a2', number: 1, session: 'x' });
      expect(await find(text('session', 'equals', 'x'), text('name', 'equals', 'a1'), number('number', 2, 9))).toEqual([2]);
      expect(await find(text('name', 'startsWith', 'a1'), text('name', 'endsWith', 'a2'))).toEqual([]);
    });

    it('finds no scan by a field that is null there, or empty', async () => {
      await given({ session: null }, { session: '' }, { session: 'null' }, { number: null, session: 'no number' });
      expect(await find(text('session', 'equals', 'null'))).toEqual([3]);
      expect(await find(number('number', -Infinity, Infinity))).toEqual([1, 2, 3]);
      expect(await find()).toEqual([1, 2, 3, 4]);
    });

    it('finds scans by what they are now', async () => {
      await given({ name: 'before' }, { name: 'before' });
      const { raw } = use();
      await raw.setScanJson(scanKeyOf(1), '{"id":{"name":"after"}}');
      await raw.delete(scanKeyOf(2));
      expect(await find(text('name', 'equals', 'before'))).toEqual([]);
      expect(await find(text('name', 'equals', 'after'))).toEqual([1]);
      expect(await find()).toEqual([1]);
    });

    it('searches its own prefix only, and nothing but documents', async () => {
      await given({ name: 'ours' });
      await use().raw.setScanJson('lab:scan:01J00000000000000000000009', '{"id":{"name":"ours"}}');
      await use().raw.putEntry('esrf:scan:odd', { index: 0, len: 1, payload: new Uint8Array(1) });
      expect(await find()).toEqual([1]);
      expect(await find(text('name', 'equals', 'ours'))).toEqual([1]);
    });

    it('finds more scans than one answer of RediSearch usually holds', async () => {
      const numbers = Array.from({ length: 1200 }, (_, n) => n);
      await Promise.all(numbers.map((n) => createScan(use().other, n)));
      expect(await find()).toEqual(numbers);
      expect(await find(text('name', 'startsWith', 'scan'))).toEqual(numbers);
    });

    it('leaves none out where a wildcard has more matches than RediSearch expands it to', async () => {
      const numbers = Array.from({ length: 2300 }, (_, n) => n);
      await Promise.all(numbers.map((n) => createScan(use().other, n, { session: n % 2 === 0 ? 'even' : 'odd' })));
      expect(await find(text('name', 'startsWith', 'scan'))).toEqual(numbers);
      expect(await find(text('name', 'contains', 'can'), text('session', 'equals', 'odd'), number('number', 2000, 2010))).toEqual([2001, 2003, 2005, 2007, 2009]);
    });

    it('leaves none out though RediSearch still remembers the names of many deleted ones', async () => {
      const { other, raw } = use();
      const deleted = Array.from({ length: 2300 }, (_, n) => n);
      await Promise.all(deleted.map(async (n) => raw.delete((await createScan(other, n)).key)));
      await createScan(other, 5000, { name: 'scan to be found' });
      expect(await find(text('name', 'startsWith', 'scan'))).toEqual([5000]);
    });
  });
}
