// Imports the package and requires it, and uses the things of the one on the things of the other. Prints what came of it, a line each.
import { createRequire } from 'node:module';
import * as imported from 'blissdata-rx';
import * as importedKinds from 'blissdata-rx/kinds';
import * as importedOperators from 'blissdata-rx/operators';
import * as importedTesting from 'blissdata-rx/testing';
import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';

const require = createRequire(import.meta.url);
const esm = { ...imported, ...importedKinds, ...importedOperators, ...importedTesting };
const cjs = { ...require('blissdata-rx'), ...require('blissdata-rx/kinds'), ...require('blissdata-rx/operators'), ...require('blissdata-rx/testing') };

const say = (what, is) => console.log(`${what}: ${is}`);
const identity = { name: 'both', number: 1, data_policy: 'none' };
const failure = (promise) => promise.then(() => undefined, (error) => error);

async function cross(way, made, other) {
  const own = { name: 'own', open: (declared) => ({ type: other.json(), points: other.mapPoints(declared.entries('json'), (points) => points.map(String)), access: 'mine' }) };
  const store = made.DataStore.over(other.memoryDatabase(), { kinds: [own] });
  const scan = await store.createScan(identity, { save: true });
  const diode = scan.createStream('diode', other.numeric('float64'));
  const twice = scan.createStream('twice', made.numeric('float64'));
  scan.createStream('sequence', other.json(), { plugin: 'scan_sequence' }).send({ key: scan.key });
  scan.createStream('saved', made.numeric('float64'), { plugin: 'hdf5_fallback', file_path: '/a.h5', data_path: '/b' });
  scan.createStream('own', made.json(), { plugin: 'own' }).send(5);
  const limaInfo = { protocol_version: 1, server_url: 'a/b/c', buffer_max_number: 1, frame_per_acquisition: 1, acquisition_offset: 0 };
  scan.createStream('images', made.json(), { plugin: 'lima', dtype: 'uint16', shape: [2, 2], lima_info: limaInfo });
  await scan.prepare();
  await scan.start();
  await lastValueFrom(from([1, 2, 3]).pipe(other.publishTo(diode)));
  await lastValueFrom(from([2, 4, 6]).pipe(made.publishTo(twice)));
  await scan.close();

  const loaded = await firstValueFrom(store.loadScan(scan.key));
  const stream = (name) => firstValueFrom(loaded.stream(name));
  for (const [name, kind] of [['sequence', 'scanSequence'], ['saved', 'hdf5Fallback'], ['images', 'lima']]) {
    const opened = await stream(name);
    const kinds = ['lima', 'lima2', 'limaV2', 'hdf5Fallback', 'scanSequence'].filter((each) => opened.as(other[each]) !== undefined);
    say(`${way} ${name} is of the kinds`, kinds.join() === kind ? 'its own' : `${kinds.join()}, ${opened.problem?.message}`);
  }
  say(`${way} a kind of one's own`, (await stream('own')).as(own));
  say(`${way} points of one's own`, await firstValueFrom((await stream('own')).at(0)));
  say(`${way} sub-scans`, (await firstValueFrom(store.subScans(await stream('sequence')).slice())).length);
  const rows = await lastValueFrom(other.zipByIndex({ a: await stream('diode'), b: await stream('twice') }).pipe(toArray()));
  say(`${way} rows`, rows.map(({ values }) => values.b / values.a).join());

  const missing = await failure(firstValueFrom(store.loadScan(`${scan.key.slice(0, -1)}x`)));
  say(`${way} guards`, other.isScanNotFound(missing) && !other.isStoreClosed(missing));
  say(`${way} fold`, other.foldError(missing, { ScanNotFound: () => 'right', otherwise: () => 'wrong' }));
  say(`${way} carried`, other.isScanNotFound(made.errorFromJson(other.errorToJson(missing))));
  await store.close();
}

/** What the one creates right after a subscription with the other, whose first request takes longer; and the order of what both create. */
async function creation(way, made, other) {
  const server = new made.MemoryServer();
  const creator = made.DataStore.over(made.memoryDatabase({ server }));
  const reader = other.DataStore.over(other.memoryDatabase({ server, latency: 20 }));
  const heard = [reader.scans$, reader.followSearch()].map((scans$) => firstValueFrom(scans$));
  const { key } = await creator.createScan(identity);
  // When this is answered, so is what was asked before.
  await firstValueFrom(reader.lastTimetag());
  await firstValueFrom(reader.search());
  await creator.createScan(identity);
  say(`${way} created right after the subscription`, (await Promise.all(heard)).every((first) => first.key === key));

  const { keys } = await firstValueFrom(reader.search());
  const second = other.DataStore.over(other.memoryDatabase({ server }));
  const created = [...keys];
  for (let i = 0; i < 200; i++) created.push((await (i % 2 === 0 ? creator : second).createScan(identity)).key);
  const found = await firstValueFrom(reader.search());
  say(`${way} created by turns`, found.keys.every((each, i) => each === created[i]) && found.keys.length === created.length);
  await Promise.allSettled([creator, second, reader].map((store) => store.close({ within: 0 })));
}

say('two copies', esm.DataStore !== cjs.DataStore && esm.lima !== cjs.lima);
await cross('imported', esm, cjs);
await cross('required', cjs, esm);
await creation('imported', esm, cjs);
await creation('required', cjs, esm);
