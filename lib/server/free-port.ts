/** Finds a free TCP port before a server is started on it. */
import { createServer } from 'node:net';
import { blissdataError, type BlissdataError } from '../model/errors.js';

/**
 * Resolves to a free port: `port` itself, or for 0 one that the system picks. Rejects with `PortInUse`, or with `InvalidArgument` if it
 * is no port or a reserved one, or if this machine has no such address. Another process may take the port right after: callers must
 * handle that.
 */
export function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      reject(blissdataError('InvalidArgument', { argument: 'port', expected: 'an integer from 0 to 65535', received: String(port) }));
      return;
    }
    const listener = createServer();
    listener.once('error', (error) => reject(explain(error, host, port)));
    listener.listen({ host, port, exclusive: true }, () => {
      const address = listener.address();
      listener.close(() => resolve(address === null || typeof address === 'string' ? port : address.port));
    });
  });
}

function explain(error: Error, host: string, port: number): BlissdataError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return blissdataError('PortInUse', { port }, error);
  if (code === 'EACCES') {
    return blissdataError('InvalidArgument', { argument: 'port', expected: 'a port that this user may listen on', received: String(port) }, error);
  }
  return blissdataError('InvalidArgument', { argument: 'host', expected: 'an address of this machine', received: `${host} (${error.message})` }, error);
}
