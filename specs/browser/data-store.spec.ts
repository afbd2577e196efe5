/** What the entry for browsers does otherwise than Node's. */
import { describe, expect, it } from '@jest/globals';
import * as browser from '../../lib/browser.js';
import * as node from '../../lib/index.js';
import { memoryDatabase } from '../../lib/memory/memory-database.js';
import { MemoryServer } from '../../lib/memory/memory-server.js';
import { virtually } from '../support/virtual-time.js';

describe('the entry for browsers', () => {
  it('has all names of the root but those of signals', () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).filter((name) => name !== 'closeOnSignal').sort());
  });

  it.each([
    ['redis://user:secret@host', 'redis://...'],
    ['rediss+sentinel://:secret@host', 'rediss+sentinel://...'],
    ['user:secret@host', 'a text that is not a URL'],
    ['secret@host', 'a text that is not a URL'],
    [undefined, 'undefined'],
    [new URL('redis://user:secret@host'), 'object'],
  ])('refuses %p and shows only %p', async (url, received) => {
    const refusal = expect.objectContaining({ _tag: 'InvalidUrl', received, message: expect.not.stringContaining('secret') });
    expect(() => void Reflect.apply(browser.DataStore.connect, browser.DataStore, [url])).toThrow(refusal);
    await expect(Reflect.apply(browser.DataStore.init, browser.DataStore, [url])).rejects.toEqual(refusal);
  });

  it('waits for a server that was never reached, unless that is switched off', () => {
    virtually(({ expectObservable }, scheduler) => {
      const server = new MemoryServer({ scheduler });
      server.restart({ away: 40 });
      const database = (): ReturnType<typeof memoryDatabase> => memoryDatabase({ server });
      const retry = { firstDelay: 100, jitter: 0 };
      const disconnected = expect.objectContaining({ _tag: 'Disconnected' });
      expectObservable(browser.DataStore.over(database(), { scheduler, retry }).lastTimetag()).toBe('100ms (a|)', { a: '0-0' });
      expectObservable(browser.DataStore.over(database(), { scheduler, retry, waitForServer: false }).lastTimetag()).toBe('#', {}, disconnected);
      expectObservable(node.DataStore.over(database(), { scheduler, retry }).lastTimetag()).toBe('#', {}, disconnected);
    });
  });
});
