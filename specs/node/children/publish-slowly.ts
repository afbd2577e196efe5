// Publishes a scan point by point until it is ended: `publish-slowly.ts <url> <mode>`. Says how many points it has sent, a line each.
import { closeOnSignal, DataStore, numeric } from '../../../lib/index.js';
import { interval } from 'rxjs';

const [url = '', mode = ''] = process.argv.slice(2);
const store = DataStore.connect(url);
const scan = await store.createScan({ name: 'slow', number: 1, data_policy: 'ESRF' });
const other = await store.createScan({ name: 'other', number: 2, data_policy: 'ESRF' });
const within = mode === 'impatient' ? 300 : 10_000;
const registration = closeOnSignal([scan, store], { within });
closeOnSignal(other, { within, endReason: 'FAILURE' });
if (mode === 'called off') registration();
if (mode === 'own') process.on('SIGTERM', () => console.log('heard it'));
if (mode === 'reason') scan.info['end_reason'] = 'SUCCESS';
const diode = scan.createStream('diode', numeric('float64'));
if (mode === 'several') {
  // One scan after another does not add up.
  for (let i = 0; i < 50; i++) {
    const short = await store.createScan({ name: 'short', number: i, data_policy: 'ESRF' });
    closeOnSignal(short);
    await short.close();
  }
  console.log(`${process.listenerCount('SIGINT')} listeners`);
}
await scan.prepare();
await scan.start();
const send = (i: number): void => {
  diode.send(i);
  console.log(`sent ${i}`);
};
if (mode === 'ticking') interval(50).subscribe(() => console.log('tick'));
try {
  await interval(10).forEach(send);
} finally {
  await scan.close();
  await other.close();
  await store.close();
}
