/** The keys that wake a session, once each. */
import type { Subscription } from 'rxjs';
import { blissdataError } from '../../model/errors.js';
import type { Key } from '../../ports/keys.js';
import { encodeServerMessage } from '../protocol/server-messages.js';
import type { Outbox } from './outbox.js';
import type { RelayCore } from './relay-core.js';
import type { KeyListener } from './watched-keys.js';

export class SessionKeys implements KeyListener {
  private readonly armed = new Set<Key>();
  /** Wakes of this tick. */
  private readonly woken = new Set<Key>();
  private gathering: Subscription | undefined;
  private isClosed = false;

  constructor(
    private readonly core: RelayCore,
    private readonly outbox: Outbox,
  ) {}

  /** How many keys the session waits for. */
  get size(): number {
    return this.armed.size;
  }

  /** @throws GatewayLimit if that makes too many */
  arm(keys: readonly Key[]): void {
    if (this.isClosed) return;
    const { watched, limits } = this.core;
    const added = keys.filter((key) => !this.armed.has(key));
    if (this.armed.size + added.length > limits.keys) throw blissdataError('GatewayLimit', { what: 'keys waited for', limit: limits.keys });
    for (const key of added) {
      this.armed.add(key);
      watched.listen(key, this);
    }
  }

  changed(key: Key): void {
    this.core.watched.unlisten([key], this);
    if (this.armed.delete(key)) this.wake(key);
  }

  allChanged(interrupted: boolean): void {
    this.disarm([...this.armed]);
    this.woken.clear();
    this.outbox.text(encodeServerMessage(interrupted ? { wakeAll: 1, interrupted } : { wakeAll: 1 }));
  }

  wake(key: Key): void {
    this.woken.add(key);
    this.gathering ??= this.core.endOfTick.schedule(() => {
      this.gathering = undefined;
      if (this.woken.size > 0) this.outbox.text(encodeServerMessage({ wake: [...this.woken] }));
      this.woken.clear();
    });
  }

  /** The client does not wait for these any more. */
  unwatch(keys: readonly Key[]): void {
    this.disarm(keys);
  }

  close(): void {
    this.isClosed = true;
    this.gathering?.unsubscribe();
    this.core.watched.leave(this);
    this.disarm([...this.armed]);
  }

  private disarm(keys: readonly Key[]): void {
    const present = keys.filter((key) => this.armed.delete(key));
    if (present.length > 0) this.core.watched.unlisten(present, this);
  }
}
