/** Fetches a whole file, and goes on where it broke off. A file that is not whole is never read (ADR 94). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Address, WrongAddress } from './address.ts';
import { fetchPart, type FetchedPart, Passing } from './part.ts';

/** Tries after the last one that brought a byte. */
const TRIES = 6;
const MAX_PAUSE_MS = 30_000;
/** Faults of a connection, by the beginning of their code (Node, undici). */
const OF_CONNECTION = ['ECONN', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_'];

export interface DownloadOptions {
  signal: AbortSignal;
  /** before the second try; each further one doubles it */
  pauseMs?: number;
}

const sizeOf = async (file: string) => (await stat(file).catch(() => undefined))?.size ?? 0;

const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException).code ?? '');
const isPassing = (error: unknown) =>
  error instanceof Passing || OF_CONNECTION.some((code) => codeOf(error).startsWith(code));

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function fetchWhole({ url }: Address, file: string, { signal, pauseMs = 1_000 }: DownloadOptions) {
  const known: FetchedPart = {};
  let [have, most] = [0, 0];
  for (let tried = 1; ; tried += 1) {
    try {
      await fetchPart(url, file, have, known, signal);
      return;
    } catch (error) {
      have = await sizeOf(file);
      if (have > most) tried = 1;
      most = Math.max(most, have);
      if (!isPassing(error) || tried === TRIES || signal.aborted) throw error;
    }
    await delay(Math.min(pauseMs * 2 ** (tried - 1), MAX_PAUSE_MS), undefined, { signal });
  }
}

/**
 * @param file where the content is written; only the owner can read it
 * @throws Error with one line that names the address without its query
 */
export async function downloadWhole(address: Address, file: string, options: DownloadOptions): Promise<void> {
  const { name, sha256 } = address;
  try {
    await fetchWhole(address, file, options);
  } catch (error) {
    if (error instanceof WrongAddress || options.signal.aborted) throw error;
    const { message } = error as Error;
    throw new Error(`${name}: not fetched: ${message || codeOf(error)}`, { cause: error });
  }
  if (sha256 !== undefined && (await digestOf(file)) !== sha256)
    throw new Error(`${name}: is not the file whose SHA-256 was given`);
}
