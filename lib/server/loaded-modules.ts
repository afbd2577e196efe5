/** Lists the modules of a Redis server, over a plain socket. */
import { connect } from 'node:net';

/** The modules blissdata needs, as the server names them. */
export const neededModules: readonly string[] = ['ReJSON', 'search'];

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly password?: string | undefined;
}

/** The names of all loaded modules. Rejects if the server is unreachable. */
export async function loadedModules({ host, port, password }: ServerAddress): Promise<readonly string[]> {
  const login = password === undefined ? [] : [['AUTH', password]];
  const replies = await converse(host, port, [...login, ['INFO', 'modules']]);
  return [...replies.matchAll(/^module:name=([^,\r\n]+)/gm)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/**
 * Sends commands and resolves to all replies, unparsed (RESP 2). A final QUIT makes the server end the connection, so that no parser is
 * needed to find the end.
 */
export function converse(host: string, port: number, commands: readonly (readonly string[])[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const replies: Buffer[] = [];
    const socket = connect({ host, port });
    socket.on('data', (piece) => replies.push(piece));
    socket.on('error', reject);
    socket.on('end', () => resolve(Buffer.concat(replies).toString()));
    for (const command of [...commands, ['QUIT']]) {
      socket.write(`*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    }
  });
}
