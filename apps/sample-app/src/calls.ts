/** Keeps each request of this page with its answer, to show them to developers. An app of yours needs none of it. */
const MAX_CHARACTERS = 4_000;
/** Members of a form or an answer that open something. */
const SECRETS = ['access_token', 'refresh_token', 'id_token', 'code', 'code_verifier'];

export interface Call {
  /** for a shell; each secret is a placeholder */
  curl: string;
  status: number;
  /** the beginning of the answer; each secret is a placeholder */
  answer: string;
  ms: number;
}

let calls: readonly Call[] = [];
let token: string | undefined;
const listeners = new Set<() => void>();

/** For React's useSyncExternalStore. */
export const readCalls = (): readonly Call[] => calls;
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The access token, for the one who presses the button. */
export const tokenInUse = (): string | undefined => token;

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function curlOf(url: string, init: RequestInit): string {
  const headers = new Headers(init.headers);
  const bearer = headers.get('authorization')?.replace(/^Bearer /, '');
  if (bearer) token = bearer;
  const lines = [`curl ${quote(url)}`];
  if (bearer) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  for (const name of ['accept', 'content-type'])
    if (headers.has(name)) lines.push(`-H ${quote(`${name}: ${headers.get(name)}`)}`);
  if (typeof init.body === 'string')
    for (const [name, value] of new URLSearchParams(init.body))
      lines.push(`--data-urlencode ${quote(`${name}=${SECRETS.includes(name) ? '…' : value}`)}`);
  return lines.join(' \\\n  ');
}

function shown(text: string): string {
  try {
    const hide = (name: string, value: unknown) =>
      SECRETS.includes(name) && typeof value === 'string' ? '…' : value;
    return JSON.stringify(JSON.parse(text), hide, 2).slice(0, MAX_CHARACTERS);
  } catch {
    return text.slice(0, MAX_CHARACTERS);
  }
}

const send = window.fetch.bind(window);
window.fetch = async (input, init = {}) => {
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  const started = performance.now();
  const answer = await send(input, init);
  if (url.origin !== location.origin) {
    const [ms, { status }] = [Math.round(performance.now() - started), answer];
    const text = await answer.clone().text();
    calls = [...calls, { curl: curlOf(url.href, init), status, answer: shown(text), ms }];
    for (const listener of listeners) listener();
  }
  return answer;
};
