/** Commands that ioredis sends as they are: encoded already, in pieces that nothing copies on their way to the socket. */
import { Command, type Redis } from 'ioredis';

type Socket = Redis['stream'];

/** ioredis still owns the connection: it matches replies, and rejects what a lost connection leaves unanswered. */
class EncodedCommand extends Command {
  constructor(
    name: string,
    private readonly pieces: readonly Buffer[],
    private readonly socket: Socket,
  ) {
    super(name, [], { replyEncoding: 'utf8' });
  }

  /** ioredis writes what this returns, right after the pieces before it. */
  override toWritable(): Buffer {
    const last = this.pieces.length - 1;
    for (let i = 0; i < last; i++) this.socket.write(this.pieces[i] ?? empty);
    return this.pieces[last] ?? empty;
  }
}

const empty = Buffer.alloc(0);

/** Sends one command, and resolves to its reply. Within `together` the bytes of several go out as one write. */
export function sendEncoded(redis: Redis, name: string, pieces: readonly Buffer[]): Promise<unknown> {
  return together(redis, () => {
    const command = new EncodedCommand(name, pieces, redis.stream);
    redis.sendCommand(command);
    return command.promise;
  });
}

/** Whatever is sent meanwhile goes to the system in one call, gathered from where it lies. */
export function together<A>({ stream }: Redis, send: () => A): A {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
