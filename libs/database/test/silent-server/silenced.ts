/** The way to a Postgres whose node has lost its network: what is connected hears nothing any more, and what connects anew does. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export async function startSilenced(database: URL) {
  const sockets = new Set<Socket>();
  let heard = new Set<Socket>();
  // Half open: what is silent does not answer either that the other side has ended.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect(Number(database.port), database.hostname);
    heard.add(client);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (chunk) => heard.has(client) && target.write(chunk));
    target.on('data', (chunk) => heard.has(client) && client.write(chunk));
    client.on('close', () => target.destroy());
    target.on('close', () => heard.has(client) && client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(database);
  url.port = String((server.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    /** From now on no connection that is open hears anything. */
    silence: () => void (heard = new Set()),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
