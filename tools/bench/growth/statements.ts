/** The hot statements as Postgres sees them: what it touches, and how. */
import type { DatabaseUrls } from '@patient-access/database';
import { readStatement, memberRecordStatement } from '@patient-access/fhir-store';
import pg from 'pg';
import {
  CLAIMS_PAGE,
  OBSERVATIONS_BY_CATEGORY_AND_DATE,
  memberQuery,
  searchStatement,
} from '../statements.ts';
import { BENCH_TENANT } from '../store.ts';

type Statement = ReturnType<typeof readStatement>;

export interface Hot {
  claims: Statement;
  observations: Statement;
  everything: Statement;
  read: Statement;
}

/** @param types of the member's record that an owner holds */
export function hotStatements(member: string, claimId: string, types: readonly string[]): Hot {
  const rowScope = { tenant: BENCH_TENANT, member };
  const [first = '', ...others] = types;
  const record: Parameters<typeof memberRecordStatement>[0] = [
    memberQuery(rowScope, first),
    ...others.map((type) => memberQuery(rowScope, type)),
  ];
  return {
    read: readStatement(memberQuery(rowScope, 'ExplanationOfBenefit'), claimId),
    claims: searchStatement(rowScope, 'ExplanationOfBenefit', [['_count', String(CLAIMS_PAGE)]]),
    observations: searchStatement(rowScope, 'Observation', OBSERVATIONS_BY_CATEGORY_AND_DATE),
    everything: memberRecordStatement(record, { count: CLAIMS_PAGE }),
  };
}

/** A prepared statement's plan is made for its values five times, and may then be made once for all. */
const PLANS = { 'for its values': 'force_custom_plan', generic: 'force_generic_plan' } as const;
export type PlanKind = keyof typeof PLANS;
export const PLAN_KINDS = Object.keys(PLANS) as PlanKind[];

const literal = (value: unknown): string =>
  Array.isArray(value)
    ? `'{${value.map((item) => JSON.stringify(item)).join(',')}}'`
    : pg.escapeLiteral(String(value));

/** As the service role, under row-level security, in its settings. @returns the plan's lines */
export async function explain(
  urls: DatabaseUrls,
  member: string,
  { text, values, inOrder }: Statement,
  kind: PlanKind,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: urls.service });
  await client.connect();
  try {
    await client.query('BEGIN');
    const settings = {
      'app.tenant': BENCH_TENANT,
      'app.member': member,
      plan_cache_mode: PLANS[kind],
      enable_sort: inOrder ? 'off' : 'on',
    };
    for (const setting of Object.entries(settings))
      await client.query('SELECT set_config($1, $2, true)', setting);
    await client.query({ name: 'hot', text, values });
    const { rows } = await client.query<Record<string, string>>(
      `EXPLAIN (ANALYZE, BUFFERS) EXECUTE hot (${values.map(literal).join(', ')})`,
    );
    return rows.map((row) => row['QUERY PLAN'] ?? '');
  } finally {
    await client.end();
  }
}

/** Buffers of the whole statement: the first such line; those of planning come later. */
export function buffersOf(plan: readonly string[]): number {
  const line = plan.find((text) => text.includes('Buffers:')) ?? '';
  return [...line.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}
