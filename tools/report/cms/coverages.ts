/** Finds out from the Coverages of a tenant which units a member belonged to, and when. */
import { inTransaction, type Pool } from '@patient-access/database';
import { parseReference, type Resource } from '@patient-access/fhir';
import type { PoolClient } from 'pg';
import { type Level, LEVEL_NAMES, LEVELS, type Unit } from './levels.ts';

export interface Membership {
  /** first and last day, `2026-01-31`; empty: without limit */
  start: string;
  end: string;
  units: Record<Level, Unit[]>;
}

const MEMBERS_PER_QUESTION = 1_000;
const COVERAGES = `SELECT member, body FROM resource WHERE tenant = $1 AND type = 'Coverage' AND form = 0 AND member = ANY ($2)`;
const ORGANIZATIONS = `SELECT body FROM resource WHERE tenant = $1 AND type = 'Organization' AND member = '' AND form = 0 AND id = ANY ($2)`;

interface Coverage extends Resource {
  status?: string;
  period?: { start?: string; end?: string };
  payor?: { reference?: string }[];
}

/** Statuses of Coverages that do not count: entered by mistake, or never in force. */
const VOID = new Set(['entered-in-error', 'draft']);

function payorIds({ payor = [] }: Coverage): string[] {
  return payor
    .map(({ reference }) => parseReference(reference))
    .flatMap((target) => (target?.type === 'Organization' ? [target.id] : []));
}

function membershipOf(coverage: Coverage, payers: ReadonlyMap<string, Resource>): Membership {
  const its = payorIds(coverage).flatMap((id) => payers.get(id) ?? []);
  const units = Object.fromEntries(LEVEL_NAMES.map((level) => [level, LEVELS[level](coverage, its)]));
  const { start = '', end = '' } = coverage.period ?? {};
  const day = (date: string) => date.slice(0, 'yyyy-mm-dd'.length);
  return { start: day(start), end: day(end), units: units as Membership['units'] };
}

async function payersOf(client: PoolClient, tenant: string, coverages: readonly Coverage[]) {
  const ids = [...new Set(coverages.flatMap(payorIds))];
  const { rows } = await client.query<{ body: string }>(ORGANIZATIONS, [tenant, ids]);
  return new Map(rows.map(({ body }) => JSON.parse(body) as Resource).map((each) => [each.id, each]));
}

/**
 * @param pool connections to coverage-service's database, of a role that sees a whole tenant
 * @returns memberships by member; a member without Coverage is not in the map
 */
export async function membershipsOf(
  pool: Pool,
  tenant: string,
  members: readonly string[],
): Promise<Map<string, Membership[]>> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION READ ONLY');
    await client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)", [
      tenant,
    ]);
    const found: { member: string; coverage: Coverage }[] = [];
    for (let at = 0; at < members.length; at += MEMBERS_PER_QUESTION) {
      const some = members.slice(at, at + MEMBERS_PER_QUESTION);
      const { rows } = await client.query<{ member: string; body: string }>(COVERAGES, [tenant, some]);
      found.push(...rows.map(({ member, body }) => ({ member, coverage: JSON.parse(body) as Coverage })));
    }
    const valid = found.filter(({ coverage }) => !VOID.has(coverage.status ?? ''));
    const payers = await payersOf(
      client,
      tenant,
      valid.map(({ coverage }) => coverage),
    );
    const grouped = Map.groupBy(valid, ({ member }) => member);
    return new Map(
      [...grouped].map(([member, of]) => [member, of.map(({ coverage }) => membershipOf(coverage, payers))]),
    );
  });
}
