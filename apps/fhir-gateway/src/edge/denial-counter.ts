import type { DenialCount } from '@patient-access/internal-api';
import type { AuthClient } from '../auth-client/auth-client.ts';

/** The most counts in one report, so that it fits into a request body. */
const MAX_REPORT_COUNTS = 250;
/** A flood from ever new addresses must not fill the memory. Beyond this number, addresses are counted together. */
const MAX_COUNTS = 10_000;
const OTHER_ADDRESSES = 'other';

/**
 * Counts refusals that no owner records, by tenant, address and reason. Reports them to auth-service once a minute.
 * So a flood of refusals cannot become a flood of audit records (security case A16).
 */
export class DenialCounter {
  private readonly auth: AuthClient;
  private readonly onFailure: (error: unknown) => void;
  private readonly timer: NodeJS.Timeout;
  private counts = new Map<string, DenialCount>();

  constructor(auth: AuthClient, seconds: number, onFailure: (error: unknown) => void) {
    this.auth = auth;
    this.onFailure = onFailure;
    this.timer = setInterval(() => void this.report(), seconds * 1000).unref();
  }

  count(tenant: string, address: string, reason: string): void {
    const counted = this.counts.size < MAX_COUNTS ? address : OTHER_ADDRESSES;
    const key = `${tenant}\n${counted}\n${reason}`;
    const denial = this.counts.get(key) ?? {
      tenant,
      address: counted,
      reason,
      count: 0,
      since: new Date().toISOString(),
    };
    denial.count += 1;
    this.counts.set(key, denial);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.report();
  }

  /** Counts that could not be reported are kept, and later refusals are added to them. */
  private async report(): Promise<void> {
    const counted = [...this.counts];
    this.counts = new Map();
    for (let from = 0; from < counted.length; from += MAX_REPORT_COUNTS) {
      const reporting = counted.slice(from, from + MAX_REPORT_COUNTS);
      try {
        await this.auth.reportDenials(reporting.map(([, denial]) => denial));
      } catch (error) {
        this.onFailure(error);
        for (const [key, { count, ...rest }] of reporting) {
          this.counts.set(key, { ...rest, count: count + (this.counts.get(key)?.count ?? 0) });
        }
      }
    }
  }
}
