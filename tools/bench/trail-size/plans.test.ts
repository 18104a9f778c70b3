/**
 * What the console's questions read (docs/audit-design.md), shown by their plans in a small trail that the bench makes:
 * how many rows and not how long. Times depend on the machine, and a plan that reads too much in a small trail also does in a
 * large one.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DatabaseUrls, provisionDatabase } from '@patient-access/database';
import { migrate } from '@patient-access/migrate';
import {
  adminUrl,
  installedPostgres,
  newEventKey,
  type Postgres,
  startPostgres,
} from '@patient-access/testing';
import pg from 'pg';
import { BENCH_TENANT } from '../store.ts';
import { fill, OPTIONS } from './fill.ts';
import { built } from './made-chains.ts';
import { GONE } from './made-events.ts';
import { type PlanNode, type PlanReads, readOf } from './plan-reads.ts';
import {
  statementAfterRevocation,
  type AskedStatement,
  countsOfTrail,
  STATEMENTS,
  withLatest,
} from './page-statements.ts';

const EVENTS = 20_000;
const PAGE = 100;
/** Rows of the table that the first page may read: what is shown, one more, and what has the same time. */
const BOUND = 2 * PAGE;
type Filter = Record<string, string>;

/**
 * Of two, one of which is no reading, the rows of the rarer are read: of tokens in 13 months there are 217, and of answers that
 * broke off 207.
 */
const RARER = 300;
const boundOf = ({ action = 'rest', ...others }: Filter): number =>
  Object.keys(others).length > 0 && (!action.startsWith('rest') || others.outcome === 'interrupted')
    ? RARER
    : BOUND;
const KNOWN = { ordinary: 'ordinary', busy: 'busy' };
/** An app that neither of them has. */
const OTHER_APP = 'client-7';
const APP_OF_BUSY = 'client-11';
/** Every tenth event. Entries of her index may be looked at, which are not rows. */
const OF_BUSY = EVENTS / 10;

/** What has an index, each with values of which there are many, few, or none. */
const ASKED: readonly Filter[] = [
  ...[KNOWN.ordinary, KNOWN.busy].map((member) => ({ member })),
  { member: '~', login: 'auditor' },
  ...[OTHER_APP, APP_OF_BUSY, GONE].map((client) => ({ client })),
  ...['given', 'refused', 'failed', 'interrupted'].map((outcome) => ({ outcome })),
  ...['consent', 'consent/revoke', 'token', 'login/totp-off', 'rest', 'rest/read', 'rest/vread'].map(
    (action) => ({
      action,
    }),
  ),
  ...['not-found', 'scope-insufficient', 'token-ended'].map((reason) => ({ reason })),
  { request: '019abcde-0000-7000-8000-000000000000' },
];

/** Of each two that ask for different things. */
const pairsOf = (asked: readonly Filter[]): Filter[] =>
  asked.flatMap((one, at) =>
    asked
      .slice(at + 1)
      .filter((other) => Object.keys(other).every((name) => !(name in one)))
      .map((other) => ({ ...one, ...other })),
  );

const { newest } = (await import(built('console/console-sql.js'))) as {
  newest(tenant: string, filter: Filter): AskedStatement;
};
const { BESIDE_CHAINS, RECORD_PAGE } = (await import(built('verify/record-page.js'))) as Record<
  'BESIDE_CHAINS' | 'RECORD_PAGE',
  { text: string }
>;
const { keptOf, missingNow } = (await import(built('console/files/kept.js'))) as {
  keptOf(known: object, read: Filter): Promise<{ said: string }>;
  missingNow(known: object, period: Filter): Promise<string[]>;
};
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const PERIODS: Record<string, Filter> = {
  'the last 30 days': { from: day(30), to: day(0), zone: 'America/New_York' },
  '13 months': { from: day(395), to: day(0), zone: 'America/New_York' },
};

const OLD_DAY = { from: day(180), to: day(180), zone: 'America/New_York' };
/** What has the same time, and a row of each month that is looked into. */
const FEW = 30;

/** An answer that broke off has two records: each fiftieth disclosure gets the second one, behind the end of its lane. */
const INTERRUPT = `
  INSERT INTO trail.audit_event SELECT (jsonb_populate_record(e, jsonb_build_object(
         'seq', e.seq + 1000000, 'id', left(e.id, 13) || '-broke-off', 'kind', 'attempt', 'act', 'interrupt',
         'service', 'auth-service/gateway', 'reason', 'socket-closed'))).*
    FROM trail.audit_event e WHERE e.kind = 'rest' AND e.outcome = '0' AND e.seq % 50 = 0`;
/**
 * Blocks that are read to learn of one row whether its answer broke off: the index of ids of two or three months, and on the last
 * day of a month of the next one too, because the look goes on to tomorrow. The first question also plans it.
 */
const FOR_EACH_ROW = 30;

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  // A month is small enough here for reading it whole, which it is not later.
  await client.query('SET enable_seqscan = off; SET jit = off');
  await client.query("SELECT set_config('app.tenant', $1, false)", [BENCH_TENANT]);
  return client;
}

/** Minor releases differ in what they use an index for (see `record-page.ts`), so an older and a newer one are asked. */
const SERVERS: [string, string | undefined][] = [['from npm', undefined]];
const installed = installedPostgres();
if (installed !== undefined) SERVERS.push(['of this machine', installed]);

describe.each(SERVERS)('with the Postgres %s, a page', (_server, programs) => {
  let postgres: Postgres | undefined;
  let urls: DatabaseUrls & { auditor: string };
  let auditor: pg.Client | undefined;
  const directory = mkdtempSync(join(tmpdir(), 'trail-plans-'));
  beforeAll(async () => {
    postgres = await startPostgres({ programs });
    urls = await provisionDatabase(postgres.adminUrl, 'audit', () => 'test', ['ingest', 'auditor']);
    await migrate('audit-service', urls.owner);
    for (const name of ['claims', 'auth'])
      writeFileSync(join(directory, `${name}-event-key.pem`), newEventKey());
    const checkpointKey = generateKeyPairSync('ec', {
      namedCurve: 'prime256v1',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    }).privateKey;
    const connectionString = adminUrl(postgres.port, 'audit');
    const client = new pg.Client({ connectionString, options: OPTIONS });
    await client.connect();
    try {
      await fill(client, { connectionString, directory, checkpointKey, events: EVENTS, known: KNOWN });
      await client.query(INTERRUPT);
      await client.query('ANALYZE trail.audit_event');
    } finally {
      await client.end();
    }
    auditor = await connected(urls.auditor);
  }, 120_000);
  afterAll(async () => {
    await auditor?.end();
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function explained(
    { text, values }: AskedStatement,
    by: pg.Client | undefined = auditor,
  ): Promise<PlanReads> {
    const { rows = [] } =
      (await by?.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
        values,
      )) ?? {};
    const [{ Plan: plan }] = rows[0]?.['QUERY PLAN'] as [{ Plan: PlanNode }];
    return readOf(plan);
  }

  it.each(Object.entries(PERIODS))(
    'of a question reads no more rows than it shows, and a few: by everything that has an index, and by two of these, over %s',
    async (_, period) => {
      const questions = [{}, ...ASKED, ...pairsOf(ASKED)];
      expect(questions.length).toBeGreaterThan(150);
      const gaps: unknown[] = [];
      for (const question of questions) {
        const { rows, entries, isWhole } = await explained(newest(BENCH_TENANT, { ...period, ...question }));
        if (rows > boundOf(question) || entries > OF_BUSY || isWhole)
          gaps.push({ question, rows, entries, isWhole });
      }
      expect(gaps).toEqual([]);
    },
    120_000,
  );

  it.each(Object.keys(STATEMENTS))(
    'of totals, and what else a page asks: %s reads no more than it is about, over a day and over months',
    async (name) => {
      const ask = async <Row extends pg.QueryResultRow>({ text, values }: AskedStatement) =>
        (await auditor?.query<Row>(text, values))?.rows ?? [];
      const gaps: unknown[] = [];
      for (const [over, given] of Object.entries({ ...PERIODS, 'a day half a year ago': OLD_DAY })) {
        const period = await withLatest(ask, given);
        const counts = await countsOfTrail(ask, period, KNOWN.busy);
        const { statement, most } = STATEMENTS[name] as (typeof STATEMENTS)[string];
        const { rows, entries, isWhole } = await explained(statement(period, KNOWN.busy));
        if (rows > most(counts) + FEW || entries > counts.events * 1.25 + OF_BUSY || isWhole)
          gaps.push({ over, rows, most: most(counts), entries, isWhole });
      }
      expect(gaps).toEqual([]);
    },
    120_000,
  );

  it('of what was asked for after a revocation looks up each member whose consent ended, or reads the events, where they are fewer', async () => {
    const lookupsOf = async (more: Filter) =>
      (await explained(statementAfterRevocation(BENCH_TENANT, { ...PERIODS['the last 30 days'], ...more })))
        .lookups;
    const [ofMany, ofFew] = [await lookupsOf({}), await lookupsOf({ client: GONE })];
    const { rows = [] } =
      (await auditor?.query<{ members: number; months: number }>(
        `SELECT count(DISTINCT member) FILTER (WHERE act = 'revoke')::int AS members,
              count(DISTINCT tableoid)::int AS months FROM trail.audit_event`,
      )) ?? {};
    const { members = 0, months = 0 } = rows[0] ?? {};
    expect(members).toBeGreaterThan(40);
    // The months of the consents, those of the events, and these again for their number.
    expect(ofFew).toBeLessThan(3 * months);
    expect(ofMany).toBeGreaterThan(ofFew + members);
  });

  it.each([
    [{ address: '203.0.113.9' }, 'an address'],
    [{ login: 'l-nobody' }, 'a login of a member'],
    [{ resource: 'Claim/none' }, 'a record without its member'],
  ])(
    'of a question by %j reads every event of the period, so that it needs a bound: %s',
    async (question, _what) => {
      const whole = await explained(newest(BENCH_TENANT, { ...PERIODS['13 months'], ...question }));
      expect(whole.rows).toBeGreaterThan(EVENTS / 3);
      const named = { ...question, client: GONE };
      expect(
        (await explained(newest(BENCH_TENANT, { ...PERIODS['13 months'], ...named }))).rows,
      ).toBeLessThan(BOUND);
    },
  );

  it('of records beside the chains reads the first and the last of each lane', async () => {
    const { rows, isWhole } = await explained({ text: BESIDE_CHAINS.text, values: [BENCH_TENANT, 16] });
    expect(isWhole).toBe(false);
    // Two of each lane in each month, of which there are fewer than thirty.
    expect(rows).toBeLessThan(2 * 17 * 30);
  });

  it('of what was given looks for answers that broke off by their ids alone', async () => {
    const { blocks } = await explained(
      newest(BENCH_TENANT, { ...PERIODS['13 months'], action: 'rest/read' }),
    );
    expect(blocks).toBeLessThan(BOUND * FOR_EACH_ROW);
  });

  it('of the FHIR search of a member reads her records, and the few of the same requests', async () => {
    const member = await connected(urls.service);
    try {
      await member.query("SELECT set_config('app.member', $1, false)", [KNOWN.busy]);
      const { rows, blocks, isWhole } = await explained(
        {
          text: `SELECT r.body FROM trail.resource r WHERE r.tenant = $1 AND r.member = $2
                  ORDER BY r.last_updated DESC, r.id DESC LIMIT ${PAGE}`,
          values: [BENCH_TENANT, KNOWN.busy],
        },
        member,
      );
      expect(isWhole).toBe(false);
      expect(rows).toBeLessThan(BOUND);
      expect(blocks).toBeLessThan(BOUND * FOR_EACH_ROW);
    } finally {
      await member.end();
    }
  });

  it('that says of a file up to where it reads, or of a page what is missing, looks at the ends of the lanes', async () => {
    const read: PlanReads[] = [];
    const ask = async (statement: AskedStatement) => {
      read.push(await explained(statement));
      return (await auditor?.query<pg.QueryResultRow>(statement.text, statement.values))?.rows ?? [];
    };
    const known = {
      tenant: BENCH_TENANT,
      ask,
      chains: { of: () => ({ problems: [] }) },
      undelivered: { deadLetters: () => 0, producers: () => 0 },
    };
    const upto = Array.from({ length: 16 }, () => '50').join('.');
    await keptOf(known, { ...(PERIODS['13 months'] as Filter), upto });
    await missingNow(known, PERIODS['13 months'] as Filter);
    expect(read).toHaveLength(2);
    for (const { isWhole, rows } of read) {
      expect(isWhole).toBe(false);
      expect(rows).toBeLessThan(BOUND);
    }
  });

  it('of the records that are verified reads these, wherever in its lane it begins', async () => {
    const { rows: lanes } = (await auditor?.query<{ lane: number; seq: string }>(
      'SELECT lane, max(seq) AS seq FROM trail.audit_event WHERE tenant = $1 GROUP BY lane',
      [BENCH_TENANT],
    )) ?? { rows: [] };
    expect(lanes.length).toBeGreaterThan(3);
    for (const { lane, seq } of lanes)
      for (const after of [0, Math.floor(Number(seq) / 2)]) {
        const values = [BENCH_TENANT, lane, after, 'infinity', Number(seq), PAGE];
        const { rows, isWhole } = await explained({ text: RECORD_PAGE.text, values });
        expect({ rows, isWhole }).toEqual({ rows: expect.any(Number), isWhole: false });
        expect(rows).toBeLessThan(BOUND);
      }
  });
});
