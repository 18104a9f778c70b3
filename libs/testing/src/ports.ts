/** TCP ports on loopback for servers that must know their port before they listen: Postgres, Kafka, an issuer. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that operating systems assign by themselves (from 32768 on Linux, from 49152 elsewhere). */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES = 50;

/**
 * @param host an address of this machine
 * @returns why no server could listen on this port now, such as `EADDRINUSE` or `EACCES`; undefined when one could
 */
export async function listenError(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) =>
    server.once('error', resolve).listen(port, host, () => resolve(undefined)),
  );
  if (!error) await new Promise((resolve) => server.close(resolve));
  return error && (error.code ?? error.message);
}

/** @returns whether a server could listen on this port of 127.0.0.1 now */
export async function isFree(port: number): Promise<boolean> {
  return (await listenError(port)) === undefined;
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
