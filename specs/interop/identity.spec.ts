/** Another institute's identity model, with fields and a prefix of its own, on both sides. */
import { describe, expect, it } from '@jest/globals';
import * as t from 'io-ts';
import { firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { DataStore, numeric } from '../../lib/index.js';
import { Lab } from './identity-models.js';
import { useInterop } from './interop.js';
import { renderPoint } from './rendering.js';

const Seen = t.type({ state: t.string, streams: t.array(t.string), identity: t.record(t.string, t.unknown) });

describe.each([
  { version: '2.4.5', by: 'us' },
  { version: '1.1.4', by: 'Python' },
] as const)(
  'with the identity model of another institute, Python blissdata $version and a database set up by $by,',
  ({ version, by }) => {
    const interop = useInterop(version, by, Lab);

    it('a scan that Python publishes is found, loaded and read here', async () => {
      const { redis, python } = interop();
      const store = DataStore.connect(redis.url, { identity: Lab });
      try {
        const key = await python.ask(t.string, 'create_scan', { identity: { name: 'theirs', run: 12 }, model: 'lab' });
        await python.ask(t.string, 'add_stream', { key, name: 'status', dtype: 'json' });
        await python.tell('steps', { key, names: ['prepare', 'start'] });
        await python.tell('send', { key, name: 'status', points: [{ i: 0 }, { i: 1 }] });
        await python.tell('steps', { key, names: ['stop', 'close'] });

        expect(key).toMatch(/^lab:scan:/);
        expect(await lastValueFrom(store.search({ run: 12 }))).toMatchObject({ keys: [key] });
        expect(await lastValueFrom(store.lastScan())).toMatchObject({ value: { key } });
        const scan = await lastValueFrom(store.loadScan(key));
        expect(scan.identity).toEqual({ name: 'theirs', sample: null, run: 12 });
        const status = await firstValueFrom(scan.stream('status', 'json'));
        expect(await lastValueFrom(status.points$.pipe(map(({ value }) => value), toArray()))).toEqual([{ i: 0 }, { i: 1 }]);
      } finally {
        await store.close();
      }
    });

    it('a scan that is published here is loaded and read by Python', async () => {
      const { redis, python } = interop();
      const store = DataStore.connect(redis.url, { identity: Lab });
      try {
        const scan = await store.createScan({ name: 'ours', sample: 'gold', run: 3 });
        const diode = scan.createStream('diode', numeric('int32'));
        await scan.prepare();
        await scan.start();
        diode.send(-5);
        await scan.stop();
        await scan.close();

        const seen = { state: 'CLOSED', streams: ['diode'], identity: { name: 'ours', sample: 'gold', run: 3 } };
        expect(await python.ask(Seen, 'load', { key: scan.key, model: 'lab' })).toMatchObject(seen);
        expect(await python.ask(t.string, 'read_index', { key: scan.key, name: 'diode', index: 0, model: 'lab' })).toBe(renderPoint('int32', -5));
      } finally {
        await store.close();
      }
    });
  },
);
