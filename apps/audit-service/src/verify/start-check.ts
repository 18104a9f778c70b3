/**
 * What is known of the trail outside the database, compared with it before anything is appended or signed after a start
 * (ADR 127). Whoever cut the trail meanwhile, or put an older one back, gets nothing built on what is left.
 */
import type { Pool } from '@patient-access/database';
import { type CheckpointKeys, signedRecords } from '../checkpoints/checkpoint.ts';
import { lostHead, type SignedEnds } from '../checkpoints/lost-head.ts';
import { oldestFirst } from '../checkpoints/signed.ts';
import type { Outside } from './outside.ts';

interface Parts {
  /** Reads what is known outside; undefined: it is kept nowhere outside, and nothing is waited for. */
  read: (() => Promise<Outside>) | undefined;
  /** connections of the auditor role */
  auditor: Pool;
  keys: CheckpointKeys;
  /** A plan has lost what was signed of it: somebody has to look. */
  onLost(tenant: string, lane: number, seq: number): void;
}

/**
 * The newest statement says it all: a checkpoint stands for all before it, and a restore for what was signed before it and is
 * gone. Of the checkpoints since then the newest is the one with the most records: one that was signed while a clock was ahead
 * has a later time, and stands for less.
 */
function newestIn({ checkpoints, restores }: Outside): Map<string, SignedEnds> {
  const newest = new Map<string, SignedEnds>();
  const restoredAt = new Map<string, string>();
  for (const { tenant, restored, signed } of oldestFirst(restores)) {
    newest.set(tenant, { tenant, heads: restored });
    restoredAt.set(tenant, signed);
  }
  const since = checkpoints.filter(
    ({ kind, tenant, signed }) => kind === 'head' && signed >= (restoredAt.get(tenant) ?? ''),
  );
  since.sort((one, other) => signedRecords(one) - signedRecords(other));
  for (const { tenant, heads } of since) newest.set(tenant, { tenant, heads });
  return newest;
}

export class StartCheck {
  private readonly parts: Parts;
  /** by tenant; undefined as long as it could not be read and compared */
  private newest: ReadonlyMap<string, SignedEnds> | undefined;
  private lost: ReadonlySet<string> = new Set();

  constructor(parts: Parts) {
    this.parts = parts;
    if (!parts.read) this.newest = new Map();
  }

  /** Whether what is known outside has been compared. */
  get isKnown(): boolean {
    return this.newest !== undefined;
  }

  /** Tenants that have lost what was signed of them. */
  get held(): readonly string[] {
    return [...this.lost];
  }

  /** @returns why nothing may be appended to the tenant's trail or signed of it */
  refusal(tenant: string): string | undefined {
    if (!this.isKnown) return 'what was signed of the trail is not read yet';
    return this.lost.has(tenant) ? `the trail of ${tenant} lacks what was signed of it` : undefined;
  }

  /** @returns what was signed last of a tenant when this process started */
  signedOf(tenant: string): SignedEnds | undefined {
    return this.newest?.get(tenant);
  }

  /** Reads and compares, until it has succeeded and no tenant is held. */
  async look(): Promise<void> {
    const { read, auditor, keys, onLost } = this.parts;
    if (!read || (this.isKnown && this.lost.size === 0)) return;
    const newest = newestIn(await read());
    const lost = new Set<string>();
    for (const signed of newest.values()) {
      const head = await lostHead(auditor, keys, signed);
      if (!head) continue;
      lost.add(signed.tenant);
      onLost(signed.tenant, head.lane, head.seq);
    }
    this.lost = lost;
    this.newest = newest;
  }
}
