import { MAX_RENEWALS } from '@patient-access/internal-api';

/** A token whose answer becomes old. */
export interface DueToken {
  token: string;
  /** of the answer in the cache */
  key: string;
}

/** Tokens that are due in this time are asked about together. */
const GATHER_MS = 500;

/** Gathers tokens that are used while their answers become old, and has them renewed: many by one question. */
export class SharedRenewals {
  private readonly renew: (tenant: string, due: readonly DueToken[]) => Promise<unknown>;
  private due = new Map<string, Map<string, DueToken>>();
  private isWaiting = false;

  /** @param renew asks about at most MAX_RENEWALS tokens of one tenant; it does not reject */
  constructor(renew: (tenant: string, due: readonly DueToken[]) => Promise<unknown>) {
    this.renew = renew;
  }

  note(tenant: string, token: DueToken): void {
    const ofTenant = this.due.get(tenant) ?? new Map<string, DueToken>();
    this.due.set(tenant, ofTenant.set(token.key, token));
    if (this.isWaiting) return;
    this.isWaiting = true;
    setTimeout(() => this.renewAll(), GATHER_MS).unref();
  }

  private renewAll(): void {
    const { due } = this;
    this.due = new Map();
    this.isWaiting = false;
    for (const [tenant, tokens] of due) void this.renewInParts(tenant, [...tokens.values()]);
  }

  /** One question after the other, so that requests which need another answer do not wait behind many of them. */
  private async renewInParts(tenant: string, tokens: readonly DueToken[]): Promise<void> {
    for (let at = 0; at < tokens.length; at += MAX_RENEWALS)
      await this.renew(tenant, tokens.slice(at, at + MAX_RENEWALS));
  }
}
