import { readFile } from 'node:fs/promises';

const TIMEOUT_MS = 5_000;

type Source =
  | { file: string }
  | {
      url: string;
      /** both are what they are now */
      clientId(): string;
      clientSecret(): string;
      scope?: string | undefined;
    };

/** RFC 6749, section 2.3.1: both are form-encoded before they are joined. */
const basic = (id: string, secret: string): string =>
  Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');

/** OpenSSL's or Node's word for what failed. It is not passed on as the cause, which would be taken for a failure of a broker. */
function codeOf(error: unknown): string {
  const { name, code, cause } = error as { name?: unknown; code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? String(name) : codeOf(cause);
}

/**
 * @returns a function that reads the token from its file, or asks for one by the client credentials grant; it rejects with
 *   one line that names no secret
 */
export function oauthToken(source: Source): () => Promise<string> {
  if ('file' in source) return async () => (await readFile(source.file, 'utf8')).trim();
  const { url, scope } = source;
  return async () => {
    const [clientId, clientSecret] = [source.clientId(), source.clientSecret()];
    const unreached = (error: unknown): never => {
      throw new Error(`KAFKA_OAUTH_TOKEN_URL (${url}) cannot be reached (${codeOf(error)})`);
    };
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${basic(clientId, clientSecret)}`, accept: 'application/json' },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(unreached);
    const answer = (await response.json().catch(() => ({}))) as { access_token?: unknown; error?: unknown };
    if (response.ok && typeof answer.access_token === 'string') return answer.access_token;
    throw new Error(`${url} gives client ${clientId} no token: ${String(answer.error ?? response.status)}`);
  };
}
