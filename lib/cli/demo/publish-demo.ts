/** The publisher of the demonstration: a scan of four streams, as the control program of a beamline writes it. */
import { numeric, json, type DataStore } from '../../index.js';
import { diodeAt, imageAt, imageShape, logAt, pointsPerStream, spectrumAt, spectrumShape } from './demo-streams.js';

/** Called before the points of an index are sent. */
export type OnSent = (index: number) => void;

/** Publishes the scan; when aborted, stops and closes it early. */
export async function publishDemo(store: DataStore, onSent: OnSent, stopping: AbortSignal): Promise<void> {
  const scan = await store.createScan(
    { name: 'demo', number: 1, data_policy: 'ESRF', session: 'demo', proposal: 'blissdata-rx', dataset: 'sample_0001' },
    { title: 'A demonstration of blissdata-rx', start_time: new Date().toISOString(), count_time: 0.001 },
  );
  try {
    const diode = scan.createStream('diode', numeric('float64'), { unit: 'A' });
    const spectrum = scan.createStream('spectrum', numeric('int32', spectrumShape), { unit: 'counts' });
    const image = scan.createStream('image', numeric('uint16', imageShape), { unit: 'counts' });
    const log = scan.createStream('log', json());
    await scan.prepare();
    await scan.start();

    for (let index = 0; index < pointsPerStream && !stopping.aborted; index++) {
      onSent(index);
      const room = [diode.send(diodeAt(index)), spectrum.send(spectrumAt(index)), image.send(imageAt(index)), log.send(logAt(index))];
      if (room.includes(false)) await Promise.all([diode.ready(), spectrum.ready(), image.ready(), log.ready()]);
    }

    await scan.stop();
    Object.assign(scan.info, { end_time: new Date().toISOString(), end_reason: stopping.aborted ? 'USER_ABORT' : 'SUCCESS' });
  } finally {
    await scan.close();
  }
}
