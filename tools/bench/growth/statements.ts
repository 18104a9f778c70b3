/** Explains the hot statements: what Postgres reads for them, and how. */
import type { DatabaseUrls } from '@patient-access/database';
import { IN_ORDER, readStatement, memberRecordStatement } from '@patient-access/fhir-store';
import pg from 'pg';
import {
  CLAIMS_BY_DATE,
  CLAIMS_PAGE,
  OBSERVATIONS_BY_CATEGORY_AND_DATE,
  memberQuery,
  searchStatement,
} from '../statements.ts';
import { BENCH_TENANT } from '../store.ts';

export type HotStatement = ReturnType<typeof readStatement>;

export interface Hot {
  claims: HotStatement;
  claimsByDate: HotStatement;
  observations: HotStatement;
  everything: HotStatement;
  read: HotStatement;
}

/** @param types the types of the member's resources that one owner holds */
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
    claimsByDate: searchStatement(rowScope, 'ExplanationOfBenefit', CLAIMS_BY_DATE),
    observations: searchStatement(rowScope, 'Observation', OBSERVATIONS_BY_CATEGORY_AND_DATE),
    everything: memberRecordStatement(record, { count: CLAIMS_PAGE }),
  };
}

/**
 * Postgres plans a prepared statement for its values five times. After that it may use one generic plan for all values.
 */
const PLANS = { 'for its values': 'force_custom_plan', generic: 'force_generic_plan' } as const;
export type PlanKind = keyof typeof PLANS;
export const PLAN_KINDS = Object.keys(PLANS) as PlanKind[];

const literal = (value: unknown): string =>
  Array.isArray(value)
    ? `'{${value.map((item) => JSON.stringify(item)).join(',')}}'`
    : pg.escapeLiteral(String(value));

/**
 * Explains a statement as the service role, with row-level security and its settings.
 *
 * @returns the lines of the plan
 */
export async function explain(
  urls: DatabaseUrls,
  member: string,
  { text, values, inOrder }: HotStatement,
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
      ...(inOrder && IN_ORDER),
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

/** @returns the buffers of the whole statement, from the first such line; later lines are about parts and planning */
export function buffersOf(plan: readonly string[]): number {
  const line = plan.find((text) => text.includes('Buffers:')) ?? '';
  return [...line.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}
