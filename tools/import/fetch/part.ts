/** One request for a file, or for the rest of it (RFC 9110, section 14). */
import { createWriteStream } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { requireTls } from './address.ts';

/** It may go well at another try. */
export class Passing extends Error {
  override name = 'Passing';
}

/** What is known of a file of which a part is here. */
export interface FetchedPart {
  /** strong validator of the version that the part is of; without one the file is fetched from its beginning */
  etag?: string | undefined;
  /** length in bytes, once a server has said so */
  total?: number | undefined;
}

const MAX_REDIRECTS = 3;
const TIMEOUT_MS = 30_000;
const REDIRECTS = [301, 302, 303, 307, 308];
const BUSY = [408, 425, 429];

type Answer = Dispatcher.ResponseData;
const headerOf = ({ headers }: Answer, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** @throws WrongAddress when a redirect leads to plain HTTP */
async function ask(start: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
  // Most loads fetch nothing, and loading this client takes a fifth of their start.
  const { request } = await import('undici');
  let url = start;
  for (let followed = 0; followed <= MAX_REDIRECTS; followed += 1) {
    const limits = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
    const answer = await request(url, { headers, signal, ...limits });
    const location = headerOf(answer, 'location');
    if (!REDIRECTS.includes(answer.statusCode) || location === undefined) return answer;
    await answer.body.dump();
    url = new URL(location, url);
    requireTls(url);
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

/** @returns whether an answer is the rest from a byte on; otherwise it is the whole file */
function isRest(answer: Answer, have: number): boolean {
  if (answer.statusCode !== 206) return false;
  const [, from] = /^bytes (\d+)-/.exec(headerOf(answer, 'content-range') ?? '') ?? [];
  if (have === 0 || Number(from) !== have) throw new Error('the server sent another part than was asked for');
  return true;
}

/** @throws Error that says why there is no body to read */
function requireBody({ statusCode }: Answer): void {
  if ([200, 206].includes(statusCode)) return;
  if (statusCode >= 500 || BUSY.includes(statusCode)) throw new Passing(`HTTP ${statusCode}`);
  throw new Error(`HTTP ${statusCode}${[401, 403].includes(statusCode) ? ': has the address expired?' : ''}`);
}

async function requireSpace(file: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(file));
  if (bytes > bavail * bsize)
    throw new Error(`${bytes} bytes, and there is no room for them in ${dirname(file)}`);
}

/**
 * Fetches what is missing of a file, and appends it.
 *
 * @param have bytes that are here
 * @param known what was learned before; what is learned now is written into it, also when the rest does not come
 * @throws Passing when the rest may come at another try @throws Error when it will not
 */
export async function fetchPart(
  url: URL,
  file: string,
  have: number,
  known: FetchedPart,
  signal: AbortSignal,
): Promise<void> {
  const resumed = have > 0 && known.etag !== undefined;
  const range: Record<string, string> = resumed
    ? { range: `bytes=${have}-`, 'if-range': known.etag ?? '' }
    : {};
  const answer = await ask(url, { 'accept-encoding': 'identity', ...range }, signal);
  // What is not read has to be taken off the connection, or this process would wait for it.
  answer.body.on('error', () => undefined);
  try {
    requireBody(answer);
    const rest = isRest(answer, resumed ? have : 0);
    const length = Number(headerOf(answer, 'content-length') ?? Number.NaN);
    if (!Number.isSafeInteger(length)) throw new Error('the server does not say how long the file is');
    await requireSpace(file, length);
    const etag = headerOf(answer, 'etag');
    const now = { etag: etag?.startsWith('"') ? etag : undefined, total: (rest ? have : 0) + length };
    if (rest && now.total !== known.total) throw new Error('the file changed while it was fetched');
    Object.assign(known, now);
    await pipeline(answer.body, createWriteStream(file, { flags: rest ? 'a' : 'w', mode: 0o600 }), {
      signal,
    });
    const { size } = await stat(file);
    if (size !== now.total) throw new Passing(`ended after ${size} of ${now.total} bytes`);
  } finally {
    answer.body.destroy();
  }
}
