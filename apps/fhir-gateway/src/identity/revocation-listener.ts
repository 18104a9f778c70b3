import type { AuthClient } from '../auth-client/auth-client.ts';
import type { LiveGateways } from '../quotas/live-gateways.ts';
import type { IntrospectionCache } from './introspection-cache.ts';

const RECONNECT_MS = 500;

/**
 * Receives revocations from auth-service and drops from the cache what they name. While it is not connected, it
 * cannot know what was revoked. So it drops the whole cache whenever it has connected. Until then entries live for
 * five seconds at most. On the same stream it hears how many gateways live.
 */
export class RevocationListener {
  private readonly auth: AuthClient;
  private readonly introspection: IntrospectionCache;
  private readonly gateways: LiveGateways;
  private readonly stopping = new AbortController();
  private listening = false;
  private hasListened = false;
  /** on a clock that nobody sets: an alert goes by the seconds since then */
  private lostAt = performance.now();

  constructor(auth: AuthClient, introspection: IntrospectionCache, gateways: LiveGateways) {
    this.auth = auth;
    this.gateways = gateways;
    this.introspection = introspection;
  }

  /**
   * A gateway that loses auth-service later stays ready, and answers 503 itself (ADR 128): they all lose it together, and
   * then nobody would be left to answer.
   *
   * @throws Error until the gateway has received revocations once
   */
  assertHasListened(): void {
    if (!this.hasListened) throw new Error('has never listened to revocations');
  }

  get unheardSeconds(): number {
    return this.listening ? 0 : (performance.now() - this.lostAt) / 1_000;
  }

  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.listen().catch(() => undefined);
      if (this.listening) this.lostAt = performance.now();
      this.listening = false;
      if (!this.stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async listen(): Promise<void> {
    const told = await this.auth.revocations(this.stopping.signal);
    this.introspection.revoke();
    this.listening = true;
    this.hasListened = true;
    for await (const each of told) {
      if ('gateways' in each) this.gateways.count = each.gateways;
      else this.introspection.revoke(each.revoked);
    }
  }
}
