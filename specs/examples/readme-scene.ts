/** What the examples of the READMEs read: a scan with streams of several kinds in Redis, and files. */
import type { Redis } from 'ioredis';
import { json, ndArray, numeric, type DataStore, type NdArray } from '../../lib/index.js';

/** The names that examples may use beside their own, with their types. */
export const given = {
  url: 'string',
  scanKey: 'string',
  readImage: '(device: string, frame: number) => Promise<Uint8Array>',
  download: "(first: number, stop: number) => Promise<import('blissdata-rx').NdArray<'uint16'>>",
} as const;

const device = 'id00/limaccds/frelon';

/** Publishes the scan; `folder` has the files, and stands for `/data/visitor` in examples. */
export async function publishScene(store: DataStore, client: Redis, url: string, folder: string): Promise<Readonly<Record<keyof typeof given, unknown>>> {
  const subscans = await Promise.all(['ascan', 'dscan'].map((name) => store.createScan({ name, number: 1, data_policy: 'none' })));
  const scan = await store.createScan({ name: 'sequence', number: 1, data_policy: 'none' });
  const diode = scan.createStream('diode', numeric('float64'), { plugin: 'hdf5_fallback', file_path: `${folder}/ma1234/scan0001.h5`, data_path: '/1.1/measurement/diode' }, { coalesce: false });
  const limaInfo = { protocol_version: 1, server_url: device, buffer_max_number: 10, frame_per_acquisition: 0, acquisition_offset: 0 };
  const frelon = scan.createStream('frelon', json(), { plugin: 'lima', dtype: 'uint16', shape: [2, 3], lima_info: limaInfo });
  const sequence = scan.createStream('subscans', json(), { plugin: 'scan_sequence' });
  const peaks = scan.createStream('peaks', json(), { plugin: 'heights', unit: 'mm' });
  const camera = scan.createStream('camera', numeric('uint32'), { plugin: 'frames' });
  await scan.prepare();
  await scan.start();
  for (const value of [0.5, 1.5, 2.5, 3.5]) diode.send(value);
  frelon.send({ last_index: 0, last_index_saved: -1 });
  for (const { key } of subscans) sequence.send({ key });
  for (const height of [1.5, 2.5]) peaks.send({ height });
  camera.send(3);
  await scan.stop();
  await scan.close();
  await client.xtrim(diode.key, 'MAXLEN', 2);
  await client.set(device, '0');
  return {
    url,
    scanKey: scan.key,
    readImage: (_: string, frame: number): Promise<Uint8Array> => Promise.resolve(dataArray(frame)),
    download: (first: number, stop: number): Promise<NdArray<'uint16'>> =>
      Promise.resolve(ndArray('uint16', [stop - first, 2], Uint16Array.from({ length: 2 * (stop - first) }, (_, i) => first + Math.floor(i / 2)))),
  };
}

/** An image of 2 rows and 3 columns, as a Lima server sends it. */
function dataArray(frame: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(64 + 12));
  view.setUint32(0, 0x44544159, true);
  for (const [at, value] of [[4, 3], [6, 64], [12, 1], [18, 2], [20, 3], [22, 2], [56, frame]] as const) view.setUint16(at, value, true);
  return new Uint8Array(view.buffer);
}
