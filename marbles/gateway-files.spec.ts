/** Files that a gateway reads for its clients, which name a stream and never a path. Messages take no time here. */
import { describe, expect, it } from '@jest/globals';
import { filter } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import type { GatewayDatabase } from '../lib/gateway/client/gateway-database.js';
import { encodeArrayMessage } from '../lib/gateway/protocol/array-message.js';
import type { ArrayFiles, ArrayPlace } from '../lib/ports/files.js';
import { clientOf, ScriptedGateway } from '../specs/support/scripted-gateway.js';
import { virtually } from '../specs/support/virtual-time.js';

const origin = { scan: 'scan', stream: 'image', part: 2 };
const place: ArrayPlace = { format: 'hdf5', file: '/data/secret.h5', dataset: '/entry/data', origin };

/** A gateway with these features, whose client is welcome already. */
function welcomed(scheduler: TestScheduler, features: readonly string[], calls: Readonly<Record<string, () => unknown>> = {}): { readonly gateway: ScriptedGateway; readonly client: GatewayDatabase; readonly files: () => ArrayFiles } {
  const gateway = new ScriptedGateway(scheduler, { welcome: { features }, calls: { protocolVersion: () => '1', ...calls } });
  const client = clientOf(gateway, scheduler);
  scheduler.schedule(() => client.close().subscribe(), 1000);
  client.protocolVersion().subscribe();
  const files = (): ArrayFiles => {
    if (client.files === undefined) throw new Error('the gateway has no files');
    return client.files;
  };
  return { gateway, client, files };
}

describe('the files of a gateway', () => {
  it('are there once it has said so', () => {
    virtually(({ flush }, scheduler) => {
      const withFiles = welcomed(scheduler, ['follow', 'files']).client;
      const without = welcomed(scheduler, ['follow']).client;
      expect(withFiles.files).toBeUndefined();
      flush();
      expect(withFiles.files).toBeDefined();
      expect(without.files).toBeUndefined();
    });
  });

  it('are named by scan and stream', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { gateway, files } = welcomed(scheduler, ['files'], { fileLength: () => 12 });
      const array = { dtype: 'uint16', shape: [2, 3], data: Uint16Array.of(1, 2, 3, 4, 5, 65_535) } as const;
      cold('---x').subscribe(() => gateway.sayAnything(encodeArrayMessage(3, array)));
      cold('-a').subscribe(() => {
        expectObservable(files().length(place)).toBe('-(n|)', { n: 12 });
        expectObservable(files().read(place, 4, 6)).toBe('---(a|)', { a: array });
      });
      const sent = [{ id: 2, call: 'fileLength', args: [origin] }, { id: 3, call: 'fileRead', args: [origin, 4, 6] }];
      expectObservable(gateway.heard$.pipe(filter(({ id }) => Number(id) > 1))).toBe('-(ab)', { a: sent[0], b: sent[1] });
    });
  });

  it('are not found without that', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { files } = welcomed(scheduler, ['files']);
      const { origin: _, ...unknown } = place;
      const refused = expect.objectContaining({ _tag: 'UnsupportedFile' });
      cold('-a').subscribe(() => {
        expectObservable(files().length(unknown)).toBe('-#', {}, refused);
        expectObservable(files().read(unknown, 0, 1)).toBe('-#', {}, refused);
      });
    });
  });

  it('answer with arrays, or not as expected', () => {
    virtually(({ cold, expectObservable }, scheduler) => {
      const { files } = welcomed(scheduler, ['files'], { fileLength: () => '12', fileRead: () => [1, 2] });
      const unexpected = expect.objectContaining({ _tag: 'UnexpectedReply' });
      cold('-a').subscribe(() => {
        expectObservable(files().length(place)).toBe('-#', {}, unexpected);
        expectObservable(files().read(place, 0, 1)).toBe('-#', {}, unexpected);
      });
    });
  });
});
