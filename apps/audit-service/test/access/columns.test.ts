/** How a member's search is asked: of ten million events of a plan hers are looked at from the newest on, once each. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessEvent, asMember, asText, startWorld, type World } from '../world.ts';

describe('a member’s search of her trail', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asText(accessEvent()));
  });
  afterAll(() => world?.stop());

  /** What the service has asked last, of each of its connections. */
  async function asked(): Promise<string[]> {
    const { rows } = await world.admin.query<{ query: string }>(
      "SELECT query FROM pg_stat_activity WHERE usename = 'audit_service' AND query LIKE '%FROM resource r %'",
    );
    return rows.map(({ query }) => query);
  }

  it.each([
    ['date=ge2026-01-01&date=lt2026-12-01', 'r.recorded >= '],
    ['date=ge2026-01-01', "r.last_updated >= $6::timestamptz - interval '7 days'"],
    ['agent=app-1', 'unnest(r.agent)'],
    ['outcome=0', 'r.outcome = '],
    ['_lastUpdated=gt2026-01-01', 'r.last_updated >= '],
    ['type=rest&subtype=read', 'unnest(r.subtype)'],
  ])('by %s compares columns, and reads nothing twice', async (query, condition) => {
    const answer = await (await asMember(world, 'northwind', 'anna'))(`AuditEvent?${query}`);
    expect(answer.status).toBe(200);
    const statements = (await asked()).filter((text) => text.includes(condition));
    expect(statements).toHaveLength(1);
    expect(statements[0]).not.toContain('search_value');
    expect(statements[0]).toMatch(/r\.tenant = \$1 AND r\.member = \$2/);
  });

  it('is answered from an index that knows when, and how it ended', async () => {
    const { rows } = await world.admin.query<{ definition: string }>(
      `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index
        WHERE indrelid IN (SELECT relid FROM pg_partition_tree('trail.audit_event') WHERE isleaf)`,
    );
    const columns = '(tenant, member, stored, id, recorded, outcome)';
    const months = await world.admin.query("SELECT FROM pg_partition_tree('trail.audit_event') WHERE isleaf");
    expect(rows.filter(({ definition }) => definition.endsWith(columns))).toHaveLength(months.rows.length);
  });
});
