/** Clients' key sets that are published at a `jwks_uri`, kept no longer than their publisher allows. */
import type { JWK } from 'jose';
import type { Egress } from './egress.ts';

/** A key set without a word about caching. */
const DEFAULT_FRESH_SECONDS = 60;
/** A revoked key is forgotten after this, whatever its publisher said. */
const MAX_FRESH_SECONDS = 600;
/** How often a key that nobody has seen can make us ask (security case S16). */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
/** Sets beyond this are fetched again when they are next needed. */
const MAX_SETS = 1_000;

interface KeySet {
  keys: readonly JWK[];
  /** milliseconds since the epoch */
  askedAt: number;
  freshUntil: number;
}

const NEVER: KeySet = { keys: [], askedAt: -Infinity, freshUntil: -Infinity };

/**
 * How long an answer may be used (RFC 9111 sections 4.2.1 and 5.2.2), within our own limits.
 *
 * @returns seconds; 0 when it may serve only those who waited for it
 */
function freshSeconds(headers: Headers, nowMs: number): number {
  const control = headers.get('cache-control')?.toLowerCase() ?? '';
  if (/\bno-(store|cache)\b/.test(control)) return 0;
  const maxAge = /\bmax-age="?(\d+)/.exec(control)?.[1];
  const expires = headers.get('expires');
  const stated =
    maxAge !== undefined
      ? Number(maxAge) - Number(headers.get('age') ?? 0)
      : expires !== null
        ? (Date.parse(expires) - nowMs) / 1000
        : DEFAULT_FRESH_SECONDS;
  // An Expires or an Age that cannot be read means: already stale.
  return Math.max(0, Math.min(stated || 0, MAX_FRESH_SECONDS));
}

async function parse(response: Response): Promise<JWK[]> {
  if (response.status !== 200) throw new Error(`the key set was answered with ${response.status}`);
  const { keys } = (await response.json()) as { keys?: unknown };
  const isObject = (key: unknown) => typeof key === 'object' && key !== null && !Array.isArray(key);
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new Error('the answer is no key set');
  return keys as JWK[];
}

export class JwksCache {
  private readonly egress: Egress;
  private readonly onFailure: (url: string, error: unknown) => void;
  private readonly sets = new Map<string, KeySet>();
  private readonly asking = new Map<string, Promise<readonly JWK[]>>();

  /** @param onFailure told when a set could not be had */
  constructor(egress: Egress, onFailure: (url: string, error: unknown) => void) {
    this.egress = egress;
    this.onFailure = onFailure;
  }

  /**
   * The keys at `url`, among them `kid` if it is there: what is out of date is fetched again, and so is a set
   * without that key, but not more than once in half a minute. One fetch serves all who wait for it.
   *
   * @throws Error when the set is needed and cannot be had: then nobody is let in by an old one
   */
  async keys(url: string, kid: string): Promise<readonly JWK[]> {
    const known = this.sets.get(url) ?? NEVER;
    const has = known.keys.some((key) => key.kid === kid);
    const fresh = known.freshUntil > Date.now();
    if (fresh && has) return known.keys;
    const asking = this.asking.get(url);
    if (asking) return asking;
    if (!has && Date.now() - known.askedAt < UNKNOWN_KEY_COOLDOWN_MS) return [];
    const answer = this.ask(url, known).finally(() => this.asking.delete(url));
    this.asking.set(url, answer);
    return answer;
  }

  private async ask(url: string, known: KeySet): Promise<readonly JWK[]> {
    const askedAt = Date.now();
    // Also when it fails: what is unknown stays so for a while.
    this.keep(url, { ...known, askedAt });
    try {
      const response = await this.egress(url);
      const keys = await parse(response);
      this.keep(url, { keys, askedAt, freshUntil: askedAt + freshSeconds(response.headers, askedAt) * 1000 });
      return keys;
    } catch (error) {
      this.onFailure(url, error);
      throw error;
    }
  }

  private keep(url: string, set: KeySet): void {
    if (this.sets.size >= MAX_SETS) this.sets.clear();
    this.sets.set(url, set);
  }
}
