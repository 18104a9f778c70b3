/** A pooler that lets everybody in and has no server for them: what it passes on stops after the login. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** ReadyForQuery, outside a transaction: the login is over. */
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');

export async function startStalling(database: URL) {
  const state = { stalls: false, connections: 0, opened: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(Number(database.port), database.hostname);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    state.connections += 1;
    state.opened += 1;
    client.on('close', () => {
      state.connections -= 1;
      target.destroy();
    });
    target.on('close', () => client.destroy());
    client.on('data', (chunk) => target.write(chunk));
    let isStalled = false;
    target.on('data', (chunk: Buffer) => {
      if (isStalled) return;
      isStalled = state.stalls && chunk.includes(READY);
      client.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(database);
  url.port = String((server.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  return Object.assign(state, {
    url: url.href,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}
