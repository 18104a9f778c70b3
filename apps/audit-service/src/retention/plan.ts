/** Finds the months of each tenant whose retention is over and that no legal hold covers. */
import type pg from 'pg';
import { DEFAULT_MONTHS } from './retention.ts';
import { OF_TENANT } from '../of-tenant.ts';

/** A tenant's records of a month, of which the last of each lane will be in the signed root. */
export interface Going {
  tenant: string;
  heads: { lane: number; seq: number; hash: string }[];
  records: number;
}

export interface MonthToDrop {
  /** first moment, UTC */
  from: Date;
  /** first moment of the next month, UTC */
  to: Date;
  going: Going[];
}

const MONTHS = `
  SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'trail.audit_event'::regclass ORDER BY c.relname`;
const TENANTS = `
  SELECT DISTINCT h.tenant, coalesce(r.months, ${DEFAULT_MONTHS}) AS months FROM trail.chain_head h
    LEFT JOIN trail.retention r USING (tenant) ORDER BY h.tenant`;
const RETENTION = 'SELECT months FROM trail.retention WHERE tenant = $1';
const OF_MONTH = 'e.tenant = $1 AND e.stored >= $2 AND e.stored < $3';
const IN_CHAIN = `trail.audit_event e JOIN trail.chain_head h ON h.tenant = e.tenant AND h.lane = e.lane
                   WHERE e.seq BETWEEN 1 AND h.seq`;
/**
 * A lane without records in this month has its last one in a month before, or none: what is kept begins with the next. What is
 * in no chain goes with no month.
 */
const LAST = `
  SELECT json_agg(json_build_object('lane', l.lane, 'seq', l.seq, 'hash', encode(l.hash, 'hex')) ORDER BY l.lane) AS heads,
         (SELECT count(*) FROM ${IN_CHAIN} AND ${OF_MONTH})::int AS records
    FROM (SELECT DISTINCT ON (e.lane) e.lane, e.seq, e.hash FROM ${IN_CHAIN} AND e.tenant = $1 AND e.stored < $3
           ORDER BY e.lane, e.seq DESC) l
  HAVING EXISTS (SELECT FROM ${IN_CHAIN} AND ${OF_MONTH})`;
const HELD = `
  SELECT EXISTS (
    SELECT FROM trail.legal_hold h WHERE h.tenant = $1 AND h.lifted_at IS NULL AND (h.member IS NULL OR EXISTS (
      SELECT FROM trail.audit_event e WHERE ${OF_MONTH} AND e.member = h.member))) AS held`;

function monthOf(name: string): { from: Date; to: Date } {
  const [, year = '', month = ''] = /(\d{4})_(\d{2})$/.exec(name) ?? [];
  const at = (months: number) => new Date(Date.UTC(Number(year), Number(month) - 1 + months, 1));
  return { from: at(0), to: at(1) };
}

function isOver({ to }: { to: Date }, months: number, now: Date): boolean {
  const until = new Date(to);
  until.setUTCMonth(until.getUTCMonth() + months);
  return until <= now;
}

/** Only the beginning of a chain can be dropped. A tenant that keeps a month keeps all later months too. */
export class DropPlan {
  private readonly owner: pg.Client;
  private readonly now: Date;

  constructor(owner: pg.Client, now: Date) {
    this.owner = owner;
    this.now = now;
  }

  /** @returns the months that can be dropped, the oldest first */
  async months(): Promise<MonthToDrop[]> {
    const { rows: tenants } = await this.owner.query<{ tenant: string; months: number }>(TENANTS);
    const { rows: names } = await this.owner.query<{ name: string }>(MONTHS);
    const keeping = new Set<string>();
    const plan: MonthToDrop[] = [];
    for (const month of names.map(({ name }) => monthOf(name))) {
      const going: Going[] = [];
      for (const { tenant, months } of tenants) {
        const last = keeping.has(tenant) ? undefined : await this.lastOf(tenant, month);
        if (!last) continue;
        if (isOver(month, months, this.now) && !(await this.isHeld(tenant, month))) going.push(last);
        else keeping.add(tenant);
      }
      if (going.length > 0) plan.push({ ...month, going });
    }
    return plan;
  }

  private async ask<Row extends pg.QueryResultRow>(
    text: string,
    tenant: string,
    { from, to }: { from: Date; to: Date },
  ): Promise<Row | undefined> {
    await this.owner.query(OF_TENANT, [tenant]);
    return (await this.owner.query<Row>(text, [tenant, from, to])).rows[0];
  }

  private async lastOf(tenant: string, month: { from: Date; to: Date }): Promise<Going | undefined> {
    const last = await this.ask<Omit<Going, 'tenant'>>(LAST, tenant, month);
    return last && { tenant, ...last };
  }

  /** Is the month still over and under no hold, now that nobody can change either? */
  async mayGo(tenant: string, month: { from: Date; to: Date }): Promise<boolean> {
    const { rows } = await this.owner.query<{ months: number }>(RETENTION, [tenant]);
    const months = rows[0]?.months ?? DEFAULT_MONTHS;
    return isOver(month, months, this.now) && !(await this.isHeld(tenant, month));
  }

  private async isHeld(tenant: string, month: { from: Date; to: Date }): Promise<boolean> {
    return (await this.ask<{ held: boolean }>(HELD, tenant, month))?.held ?? false;
  }
}
