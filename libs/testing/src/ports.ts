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

/**
 * Holds a file for each port that was given, named by the port: the id of the process that asked for it. All programs of a
 * machine share its ports, so they share this folder, whatever `TMPDIR` says to each of them.
 */
const SHARED = process.platform === 'win32' ? tmpdir() : '/tmp';
const GIVEN = join(SHARED, `patient-access-ports-${process.getuid?.()}`);

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
 * @returns the process that has it, which is the caller if nobody that runs had it
 */
function take(port: number): { holder: number; isNew: boolean } {
  const file = join(GIVEN, String(port));
  mkdirSync(GIVEN, { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return { holder: process.pid, isNew: true };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (holder !== undefined) return { holder, isNew: false };
  }
}

/** @returns the process that has the port; undefined: it has ended, and its file is gone */
function holderOf(file: string): number | undefined {
  try {
    const holder = Number(readFileSync(file, 'utf8'));
    if (isProcess(holder)) return holder;
    rmSync(file);
  } catch (error) {
    // Another process has released it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return undefined;
}

/**
 * For a server that wants this port and no other.
 *
 * @returns whether the caller can listen there: nobody does, and it was given to no other process that runs
 */
export async function takePort(port: number): Promise<boolean> {
  const isGiven = port >= FIRST && port <= LAST;
  return (!isGiven || take(port).holder === process.pid) && isFree(port);
}

/**
 * @returns a free port. No other connection or server gets it by chance before the caller listens, or between a stop
 * and the next start
 * @throws Error when no port is free
 */
export async function freePort(): Promise<number> {
  for (let time = 0; time < TRIES; time += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (take(port).isNew && (await isFree(port))) return port;
  }
  throw new Error('no TCP port is free');
}
