/** TCP ports on loopback for servers that must know their port before they listen: Postgres, Kafka, an issuer. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that operating systems assign by themselves (from 32768 on Linux, from 49152 elsewhere). */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES = 50;

/** @returns whether a server could listen on this port now */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) =>
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
  );
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}

/**
 * @returns a free port. No other connection or server gets it by chance before the caller listens, or between a stop
 * and the next start
 * @throws Error when no port is free
 */
export async function freePort(): Promise<number> {
  for (let time = 0; time < TRIES; time += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error('no TCP port is free');
}
