/** The mailboxes of all followed streams, and how much the gateway may send ahead for them together. */
import type { Key } from '../../ports/keys.js';
import type { Block, ReadRequest } from '../../ports/streams.js';
import type { BlockMessage } from '../protocol/block-message.js';
import type { ClientMessage } from '../protocol/client-messages.js';
import { Mailbox } from './mailbox.js';

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

  /** The block that answers a request, if it was sent ahead. */
  take({ key, after }: ReadRequest): Block | undefined {
    const mailbox = this.mailboxes.get(key);
    const block = mailbox?.take(after, this.events.now());
    if (mailbox !== undefined && block !== undefined) this.grant(mailbox);
    return block;
  }

  /** A mailbox to be filled by what follows the answer of a request, if the request is one that should be followed. */
  open({ key, after, ahead = 0 }: ReadRequest, mostOfGateway: number): Mailbox | undefined {
    const now = this.events.now();
    const present = this.mailboxes.get(key);
    const isFree = (present === undefined || present.mayBeReplaced(after, now)) && !this.opening.has(key);
    const credit = Math.min(ahead, mostCredit, this.left + (present?.credit ?? 0), mostOfGateway);
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
    // Its reader waits for a frame that will not come: it has to read again, so that its key is watched.
    if (replaced?.isAt(after) === false) this.events.wake(key);
  }

  /** The opening answer did not come. */
  abandon(mailbox: Mailbox): void {
    if (this.opening.get(mailbox.key) !== mailbox) return;
    this.opening.delete(mailbox.key);
    this.left += mailbox.credit;
  }

  frame(message: BlockMessage, size: number): void {
    const mailbox = this.followed.get(message.id);
    if (mailbox === undefined) return;
    if (mailbox.put(message, size)) this.grant(mailbox);
    else this.end(mailbox);
    this.events.wake(mailbox.key);
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

  clear(): void {
    for (const map of [this.mailboxes, this.opening, this.followed]) map.clear();
    this.left = allCredit;
  }

  private end(mailbox: Mailbox): void {
    this.mailboxes.delete(mailbox.key);
    if (mailbox.handle !== undefined) this.followed.delete(mailbox.handle);
    this.left += mailbox.credit;
  }

  private grant(mailbox: Mailbox): void {
    const bytes = mailbox.grant();
    if (bytes > 0) this.events.say({ more: mailbox.key, bytes });
  }
}
