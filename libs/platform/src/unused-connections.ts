import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { InFlight } from '@patient-access/concurrency';

/**
 * What comes over a connection that was opened just now may still be on its way, or in the kernel, when the server closes. A
 * client may not send a login once more by itself.
 */
const ON_ITS_WAY_MS = 1_000;

/**
 * Browsers and proxies open connections before they need them. So does undici, each time that a caller of it gives a request up. Node
 * takes such a connection for busy until the deadline of a request, and a server that closes looks at no deadlines any more: it
 * would wait for as long as the client likes.
 *
 * @returns closes, after a second, those over which no byte has come, as Node closes the others that nobody uses
 */
export function unusedConnectionsOf(server: Server): () => void {
  const open = new InFlight<Socket>();
  const follow = (socket: Socket) => void socket.once('close', open.add(socket));
  // The second one is of TLS: a client may have shaken hands, and asked nothing.
  server.prependListener('connection', follow).prependListener('secureConnection', follow);
  const end = () => {
    for (const socket of open.takeAll()) if (socket.bytesRead === 0) socket.destroy();
  };
  return () => void setTimeout(end, ON_ITS_WAY_MS).unref();
}
