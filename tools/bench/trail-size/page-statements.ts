/** The statements of the console's pages that add up or look for something, each with what it may read. */
import { BENCH_TENANT } from '../store.ts';
import { built } from './made-chains.ts';
import { GONE } from './made-events.ts';

export interface AskedStatement {
  text: string;
  values: unknown[];
}

/** A period of the console: days, their time zone, and when the last event of it was stored. */
export interface AskedPeriod {
  from?: string;
  to?: string;
  zone?: string;
  latest?: Date;
}

type Of = (tenant: string, filter: object) => AskedStatement;
type Ask = (statement: AskedStatement) => Promise<Record<string, unknown>[]>;

const sql = (await import(built('console/console-sql.js'))) as Record<
  'daily' | 'dailyRefusals' | 'byApp' | 'byReason' | 'lastStored' | 'anyByLogin',
  Of
> & {
  bursts(tenant: string, filter: object, hours: object): AskedStatement;
  inOrder(tenant: string, filter: object, part: { after: undefined; limit: number }): AskedStatement;
  anyOf(tenant: string, member: string): AskedStatement;
  anyBy(tenant: string, client: string): AskedStatement;
};
const { changesOf } = (await import(built('console/questions/changes-sql.js'))) as { changesOf: Of };
export const { afterRevocation: statementAfterRevocation } = (await import(
  built('console/questions/after-revocation-sql.js')
)) as {
  afterRevocation: Of;
};
const { endedTokensByApp } = (await import(built('console/questions/ended-tokens.js'))) as {
  endedTokensByApp: Of;
};

/** Rows that a page shows of one table, and one more. */
const SHOWN = 101;
const SCANNED = 1_000;
const HOURS = { opens: 7, closes: 20, least: 2 };

/** @returns the period as pages ask about it: a statement about an old one ends with it */
export async function withLatest(ask: Ask, period: AskedPeriod): Promise<AskedPeriod> {
  const [row] = await ask(sql.lastStored(BENCH_TENANT, period));
  return { ...period, latest: row?.['stored'] as Date };
}

/**
 * How many rows the trail has of a period, with the days before by which clocks may differ, and from the beginning of that
 * month on: the index of times (BRIN) knows ranges of 128 blocks, and in a test a month has no more.
 */
interface TrailCounts {
  events: number;
  refused: number;
  ofMember: number;
  /** consents that had ended by then, whenever */
  ended: number;
  /** events of the period of members whose consent had ended */
  ofEnded: number;
}

const COUNTS = `
  WITH ended AS (SELECT member FROM trail.audit_event
                  WHERE tenant = $1 AND kind = 'consent' AND act = 'revoke' AND stored <= $5::timestamptz),
       period AS (SELECT * FROM trail.audit_event WHERE tenant = $1 AND stored <= $5::timestamptz
                     AND stored >= date_trunc('month', $2::date::timestamp AT TIME ZONE $3 - interval '7 days', 'UTC'))
  SELECT count(*)::int AS events, count(*) FILTER (WHERE outcome <> '0')::int AS refused,
         count(*) FILTER (WHERE member = $4)::int AS "ofMember",
         (SELECT count(*)::int FROM ended) AS ended,
         count(*) FILTER (WHERE member IN (SELECT member FROM ended))::int AS "ofEnded" FROM period`;

export async function countsOfTrail(
  ask: Ask,
  { from, zone, latest }: AskedPeriod,
  member: string,
): Promise<TrailCounts> {
  const values = [BENCH_TENANT, from, zone, member, latest];
  const [row] = await ask({ text: COUNTS, values });
  return row as unknown as TrailCounts;
}

interface Bounded {
  statement(period: AskedPeriod, member: string): AskedStatement;
  /** @returns how many rows of the table it may read */
  most(counts: TrailCounts): number;
}

const plain = (of: Of, most: Bounded['most']): Bounded => ({
  statement: (period) => of(BENCH_TENANT, period),
  most,
});
const ofMember = (of: Of): Bounded => ({
  statement: (period, member) => of(BENCH_TENANT, { ...period, member }),
  most: (counts) => counts.ofMember,
});

/** By name. */
export const STATEMENTS: Readonly<Record<string, Bounded>> = {
  daily: plain(sql.daily, ({ events }) => events),
  'daily of a member': ofMember(sql.daily),
  dailyRefusals: plain(sql.dailyRefusals, ({ refused }) => refused),
  byApp: plain(sql.byApp, ({ events }) => events + SHOWN),
  byReason: plain(sql.byReason, ({ refused }) => refused),
  bursts: { statement: (period) => sql.bursts(BENCH_TENANT, period, HOURS), most: ({ events }) => events },
  changesOf: plain(changesOf, () => SHOWN),
  'changesOf of a member': ofMember(changesOf),
  afterRevocation: plain(statementAfterRevocation, ({ ended, ofEnded }) => ended + ofEnded),
  'afterRevocation of an app with few events': {
    statement: (period) => statementAfterRevocation(BENCH_TENANT, { ...period, client: GONE }),
    most: ({ ended }) => ended,
  },
  endedTokensByApp: plain(endedTokensByApp, () => 0),
  lastStored: plain(sql.lastStored, ({ events }) => events),
  inOrder: {
    statement: (period) => sql.inOrder(BENCH_TENANT, period, { after: undefined, limit: SCANNED }),
    most: () => SCANNED,
  },
  anyOf: { statement: (_, member) => sql.anyOf(BENCH_TENANT, member), most: () => 1 },
  anyBy: { statement: () => sql.anyBy(BENCH_TENANT, 'client-7'), most: () => 1 },
  'anyByLogin, of a login that nobody has': {
    statement: (period) => sql.anyByLogin(BENCH_TENANT, { ...period, login: 'l-nobody' }),
    most: ({ events }) => events,
  },
};
