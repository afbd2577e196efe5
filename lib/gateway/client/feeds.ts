/** The mailboxes of all followed streams, and how much the gateway may send ahead for them together. */
import type { Unsubscribable } from 'rxjs';
import type { Key } from '../../ports/keys.js';
import type { Block, ReadRequest } from '../../ports/streams.js';
import type { BlockMessage } from '../protocol/block-message.js';
import type { ClientMessage } from '../protocol/client-messages.js';
import { Mailbox, type Waiter } from './mailbox.js';

/** Of one feed, and of all of them. */
const mostCredit = 4 << 20;
const allCredit = 16 << 20;
/** With less a feed is not worth its messages. */
const leastCredit = 64 << 10;

interface FeedEvents {
  readonly say: (message: ClientMessage) => void;
  /** Something may be there for the readers of a key. */
  readonly wake: (key: Key) => void;
  readonly now: () => number;
}

export class Feeds {
  private readonly mailboxes = new Map<Key, Mailbox>();
  /** Those whose opening answer is under way. */
  private readonly opening = new Map<Key, Mailbox>();
  private readonly followed = new Map<number, Mailbox>();
  private left = allCredit;

  constructor(private readonly events: FeedEvents) {}

  /**
   * The block that answers a request, if it was sent ahead. One that lets nothing be sent ahead may be of a reader that goes on at the end of the
   * stream, where there is more: for that, it has to watch the key, which only a read over the wire does.
   */
  take({ key, after, ahead }: ReadRequest): Block | undefined {
    const mailbox = this.mailboxes.get(key);
    const block = mailbox?.take(after, ahead === undefined, this.events.now());
    if (mailbox !== undefined && block !== undefined) this.grant(mailbox);
    return block;
  }

  /** Lets a request wait for a frame that is on its way; `undefined` if there is none. */
  wait({ key, after, ahead }: ReadRequest, waiter: Waiter): Unsubscribable | undefined {
    const mailbox = ahead === undefined ? undefined : this.mailboxes.get(key);
    return mailbox?.wait(after, waiter) === true ? { unsubscribe: () => mailbox.forget(waiter) } : undefined;
  }

  /** Something may have changed, for which no frame will come. */
  woken(keys: readonly Key[]): void {
    for (const key of keys) this.mailboxes.get(key)?.notify();
  }

  /**
   * A mailbox to be filled by what follows the answer of a request, if the request is one that should be followed. At the end of a feed that is any:
   * it goes on where it is.
   */
  open({ key, after, ahead }: ReadRequest, mostOfGateway: number): Mailbox | undefined {
    const now = this.events.now();
    const present = this.mailboxes.get(key);
    const isFree = (present === undefined || present.mayBeReplaced(after, now)) && !this.opening.has(key);
    const wanted = ahead ?? (present?.isAt(after) === true ? present.credit : 0);
    const credit = Math.min(wanted, mostCredit, this.left + (present?.credit ?? 0), mostOfGateway);
    if (!isFree || credit < leastCredit) return undefined;
    const mailbox = new Mailbox(key, credit, after, now);
    this.left -= credit;
    this.opening.set(key, mailbox);
    return mailbox;
  }

  /** The gateway will follow. */
  following(key: Key, handle: number): void {
    const mailbox = this.opening.get(key);
    if (mailbox !== undefined) mailbox.handle = handle;
  }

  /** The opening answer, to a request after some id. */
  begin(mailbox: Mailbox, after: string, block: BlockMessage['block']): void {
    const { key, handle } = mailbox;
    // Without a handle the gateway has refused to follow.
    if (this.opening.get(key) !== mailbox || handle === undefined) return this.abandon(mailbox);
    this.opening.delete(key);
    const replaced = this.mailboxes.get(key);
    if (replaced !== undefined) this.end(replaced);
    mailbox.begin(block);
    this.mailboxes.set(key, mailbox);
    this.followed.set(handle, mailbox);
    // Its other readers wait for a frame that will not come: they have to read again, which makes them watch the key.
    if (replaced !== undefined && !(replaced.isAt(after) && mailbox.isAt(after))) this.events.wake(key);
  }

  /** The opening answer did not come. */
  abandon(mailbox: Mailbox): void {
    const { key, credit } = mailbox;
    if (this.opening.get(key) !== mailbox) return;
    this.opening.delete(key);
    this.left += credit;
    // The gateway may have ended that feed for the other one.
    const present = this.mailboxes.get(key);
    if (present === undefined) return;
    this.end(present);
    this.events.wake(key);
  }

  frame(message: BlockMessage, size: number): void {
    const mailbox = this.followed.get(message.id);
    if (mailbox === undefined) return;
    const put = mailbox.put(message, size);
    if (put === 'gap') this.end(mailbox);
    else this.grant(mailbox);
    // Nothing but the read that has taken it waited there.
    if (put === 'there' || put === 'gap') this.events.wake(mailbox.key);
  }

  /** Nothing waits for these keys any more. */
  forget(keys: readonly Key[]): void {
    for (const key of keys) {
      const mailbox = this.mailboxes.get(key);
      const opening = this.opening.get(key);
      if (mailbox !== undefined) this.end(mailbox);
      if (opening !== undefined) this.abandon(opening);
    }
  }

  /** All feeds have ended. @param error of those that wait for a frame, if there is no gateway any more */
  clear(error?: unknown): void {
    const ended = [...this.mailboxes.values()];
    for (const map of [this.mailboxes, this.opening, this.followed]) map.clear();
    this.left = allCredit;
    for (const mailbox of ended) mailbox.notify(error);
  }

  private end(mailbox: Mailbox): void {
    this.mailboxes.delete(mailbox.key);
    if (mailbox.handle !== undefined) this.followed.delete(mailbox.handle);
    this.left += mailbox.credit;
    mailbox.notify();
  }

  private grant(mailbox: Mailbox): void {
    const bytes = mailbox.grant();
    if (bytes > 0) this.events.say({ more: mailbox.key, bytes });
  }
}
