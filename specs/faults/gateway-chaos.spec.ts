/** Random faults on both sides of two gateways, and of the gateways themselves: nothing is lost, duplicated or stuck. */
import { expect, it } from '@jest/globals';
import { GatewayScene, ofGateways } from './chaos/gateway-scene.js';
import { ofServer } from './chaos/disasters.js';
import { nothingWrong } from './chaos/report.js';
import { chaoticRunIn } from './chaos/run.js';
import { chaosSeconds, oneSeed } from './chaos/seeds.js';

const seconds = chaosSeconds(20);

it('loses nothing, duplicates nothing and leaves nothing hanging', async () => {
  const scene = await GatewayScene.openGateways();
  const stores = { publishing: scene.store(0), following: scene.store(1), waiting: scene.store(0) };
  const found = await chaoticRunIn(scene, stores, [...ofServer, ...ofGateways(scene)], { seed: oneSeed(), seconds, title: 'chaos through gateways' });
  expect(found).toEqual(nothingWrong);
}, (seconds + 180) * 1000);
