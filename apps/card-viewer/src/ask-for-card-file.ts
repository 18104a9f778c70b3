/** Asks for the encrypted file of a link. Each file that comes is one use of the link, so nothing is asked twice. */
import type { LinkToCard } from './read-link.ts';

export interface Asking {
  /** who opens the link, as they say themselves; the member reads it */
  recipient: string;
  /** empty: the link has none */
  passcode: string;
}

export type FileAnswer =
  | { kind: 'file'; jwe: string }
  | { kind: 'wrong passcode'; remaining: number }
  | { kind: 'no name' }
  /** or there never was such a link: the API does not tell */
  | { kind: 'ended' }
  | { kind: 'not now' };

const TIMEOUT_MS = 30_000;

/** Neither a cookie nor the address of this page goes along. */
const PRIVATELY: RequestInit = {
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
  redirect: 'error',
};

function send({ url, hasPasscode }: LinkToCard, { recipient, passcode }: Asking): Promise<Response> {
  const options = { ...PRIVATELY, signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (!hasPasscode) return fetch(`${url}?${new URLSearchParams({ recipient })}`, options);
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { ...options, method: 'POST', headers, body: JSON.stringify({ recipient, passcode }) });
}

async function fileIn(answer: Response, { hasPasscode }: LinkToCard): Promise<FileAnswer> {
  if (!hasPasscode) return { kind: 'file', jwe: await answer.text() };
  const { files } = (await answer.json()) as { files: { embedded: string }[] };
  return { kind: 'file', jwe: String(files[0]?.embedded) };
}

async function afterWrongPasscode(answer: Response): Promise<FileAnswer> {
  const { remainingAttempts } = (await answer.json()) as { remainingAttempts: number };
  return remainingAttempts > 0 ? { kind: 'wrong passcode', remaining: remainingAttempts } : { kind: 'ended' };
}

/** Never fails: what is not understood, and no answer at all, is "not now". */
export async function askForCardFile(link: LinkToCard, asking: Asking): Promise<FileAnswer> {
  try {
    const answer = await send(link, asking);
    if (answer.status === 200) return await fileIn(answer, link);
    if (answer.status === 401) return await afterWrongPasscode(answer);
    if (answer.status === 400) return { kind: 'no name' };
    return { kind: answer.status === 404 ? 'ended' : 'not now' };
  } catch {
    return { kind: 'not now' };
  }
}
