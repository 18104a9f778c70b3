/** TCP ports on loopback for servers that must know their port before they listen: Postgres, Kafka, an issuer. */
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProcess } from './end-process.ts';

/** Below the ports that operating systems assign by themselves (from 32768 on Linux, from 49152 elsewhere). */
const FIRST = 20_000;
const LAST = 32_767;
const TRIES = 50;

/** Holds a file for each port that was given, named by the port: the id of the process that asked for it. */
const GIVEN = join(tmpdir(), `patient-access-ports-${process.getuid?.()}`);

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
 * A program asks for all its ports before it listens at the first, and several programs do so at once. So a port is
 * given to one process at a time, and to no process twice.
 * @returns whether it is the caller's now
 */
function take(port: number): boolean {
  const file = join(GIVEN, String(port));
  try {
    mkdirSync(GIVEN, { recursive: true });
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    release(file);
    return false;
  }
}

/** Whoever asks next can have the port of a process that has ended. */
function release(file: string): void {
  try {
    if (!isProcess(Number(readFileSync(file, 'utf8')))) rmSync(file);
  } catch (error) {
    // Another process has released it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * @returns a free port. No other connection or server gets it by chance before the caller listens, or between a stop
 * and the next start
 * @throws Error when no port is free
 */
export async function freePort(): Promise<number> {
  for (let time = 0; time < TRIES; time += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (take(port) && (await isFree(port))) return port;
  }
  throw new Error('no TCP port is free');
}
