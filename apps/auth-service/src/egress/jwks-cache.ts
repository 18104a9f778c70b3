/** The key sets that clients publish at a `jwks_uri`, cached at most as long as their publisher allows. */
import type { JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Egress } from './egress.ts';

/** For a key set without cache headers. */
const DEFAULT_FRESH_SECONDS = 60;
/** The limit of all caching, after which a revoked key is no longer used. */
const MAX_FRESH_SECONDS = 600;
/** An unknown key causes a request at most once in this time (security case S16). */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/** If there are more sets, the set that was unused for the longest time is fetched again when it is next used. */
const MAX_SETS = 1_000;
/** Of all sets of a plan: whoever registers a client may publish a set of 64 kB. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** What a client is told (refusals/client-words.ts). Why it is so is in the log alone: it is about another host. */
export const KEYS_AWAY = 'the key set at jwks_uri cannot be fetched';

interface KeySet {
  /** JSON of the keys. Sets of many small objects would take twenty times as much of the memory. */
  text: string;
  /** both `performance.now()`: whoever sets the clock makes no key good for longer */
  askedAt: number;
  freshUntil: number;
}

const NEVER: KeySet = { text: '[]', askedAt: -Infinity, freshUntil: -Infinity };

/**
 * How long an answer may be used (RFC 9111 sections 4.2.1 and 5.2.2), within our own limits.
 *
 * @returns seconds; 0 if only the requests that waited for the answer may use it
 */
function freshSeconds(headers: Headers): number {
  const control = headers.get('cache-control')?.toLowerCase() ?? '';
  if (/\bno-(store|cache)\b/.test(control)) return 0;
  const maxAge = /\bmax-age="?(\d+)/.exec(control)?.[1];
  const expires = headers.get('expires');
  const stated =
    maxAge !== undefined
      ? Number(maxAge) - Number(headers.get('age') ?? 0)
      : expires !== null
        ? (Date.parse(expires) - Date.now()) / 1000
        : DEFAULT_FRESH_SECONDS;
  // An Expires or Age header that cannot be read means that the answer is stale.
  return Math.max(0, Math.min(stated || 0, MAX_FRESH_SECONDS));
}

async function parse(response: Response): Promise<JWK[]> {
  if (response.status !== 200) throw new Error(`the key set was answered with ${response.status}`);
  const { keys } = (await response.json()) as { keys?: unknown };
  const isObject = (key: unknown) => typeof key === 'object' && key !== null && !Array.isArray(key);
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new Error('the answer is not a JWK set');
  return keys as JWK[];
}

export class JwksCache {
  private readonly egress: Egress;
  private readonly onFailure: (url: string, error: unknown) => void;
  private readonly sets = new LRUCache<string, KeySet>({
    max: MAX_SETS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ text }) => text.length,
  });
  private readonly asking = new Map<string, Promise<readonly JWK[]>>();

  /** @param onFailure called when a set cannot be fetched */
  constructor(egress: Egress, onFailure: (url: string, error: unknown) => void) {
    this.egress = egress;
    this.onFailure = onFailure;
  }

  /**
   * The keys at `url`, including `kid` if it exists. A stale set is fetched again, and so is a set without that key,
   * but at most once in half a minute. Concurrent callers share one request.
   *
   * @throws Error when a fresh set is needed and cannot be fetched: a stale set authenticates nobody
   */
  async keys(url: string, kid: string): Promise<readonly JWK[]> {
    const known = this.sets.get(url) ?? NEVER;
    const keys = JSON.parse(known.text) as readonly JWK[];
    const has = keys.some((key) => key.kid === kid);
    const fresh = known.freshUntil > performance.now();
    if (fresh && has) return keys;
    const asking = this.asking.get(url);
    if (asking) return asking;
    if (!has && performance.now() - known.askedAt < UNKNOWN_KEY_COOLDOWN_MS) return [];
    const answer = this.ask(url, known).finally(() => this.asking.delete(url));
    this.asking.set(url, answer);
    return answer;
  }

  private async ask(url: string, known: KeySet): Promise<readonly JWK[]> {
    const askedAt = performance.now();
    // This is set before the request, so that a failed request counts too.
    this.sets.set(url, { ...known, askedAt });
    try {
      const response = await this.egress(url);
      const keys = await parse(response);
      this.sets.set(url, {
        text: JSON.stringify(keys),
        askedAt,
        freshUntil: askedAt + freshSeconds(response.headers) * 1000,
      });
      return keys;
    } catch (error) {
      this.onFailure(url, error);
      throw new Error(KEYS_AWAY, { cause: error });
    }
  }
}
