import type { Pool } from 'undici';
import { gatewayCredential } from '../identity/credential.ts';

interface Attempts {
  tenant: string;
  address: string;
  reason: string;
  count: number;
  /** first of them, ISO 8601 */
  minute: string;
}

/** One report fits into what a service takes for a body. */
const MAX_REPORT_SOURCES = 250;
/** A flood from ever new addresses may not fill our memory; beyond this they are counted together. */
const MAX_SOURCES = 10_000;
const OTHER_ADDRESSES = 'other';

/**
 * Refusals that no owner hears of, counted by tenant, address and reason, and reported to auth-service once a minute, so
 * that a flood of them cannot become a flood of audit records (security case A16).
 */
export class DeniedAttempts {
  private readonly auth: Pool;
  private readonly authorization: string;
  private readonly onFailure: (error: unknown) => void;
  private readonly timer: NodeJS.Timeout;
  private counts = new Map<string, Attempts>();

  constructor(auth: Pool, secret: string, seconds: number, onFailure: (error: unknown) => void) {
    this.auth = auth;
    this.authorization = gatewayCredential(secret);
    this.onFailure = onFailure;
    this.timer = setInterval(() => void this.report(), seconds * 1000).unref();
  }

  count(tenant: string, address: string, reason: string): void {
    const source = this.counts.size < MAX_SOURCES ? address : OTHER_ADDRESSES;
    const key = `${tenant}\n${source}\n${reason}`;
    const attempts = this.counts.get(key) ?? {
      tenant,
      address: source,
      reason,
      count: 0,
      minute: new Date().toISOString(),
    };
    attempts.count += 1;
    this.counts.set(key, attempts);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.report();
  }

  /** What could not be reported is kept and added to. */
  private async report(): Promise<void> {
    const counted = [...this.counts];
    this.counts = new Map();
    for (let from = 0; from < counted.length; from += MAX_REPORT_SOURCES) {
      const reporting = counted.slice(from, from + MAX_REPORT_SOURCES);
      try {
        await this.send(reporting.map(([, attempts]) => attempts));
      } catch (error) {
        this.onFailure(error);
        for (const [key, { count, ...rest }] of reporting) {
          this.counts.set(key, { ...rest, count: count + (this.counts.get(key)?.count ?? 0) });
        }
      }
    }
  }

  private async send(attempts: readonly Attempts[]): Promise<void> {
    const { statusCode, body } = await this.auth.request({
      path: '/internal/denied-attempts',
      method: 'POST',
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(attempts),
    });
    await body.dump();
    if (statusCode >= 300) throw new Error(`auth-service answered ${statusCode}`);
  }
}
