/** Makes two stores that differ only in the amount of other members' data. Each has its own Postgres. */
import { createReadPool, type DatabaseUrls } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';
import { population } from '@patient-access/population';
import pg from 'pg';
import { store, BENCH_TENANT, withStore } from '../store.ts';

/** The Observations of the measured member are imported this many times, with other ids each time. */
const TIMES = 4;
const MEMBER = /^Patient\/(.+)$/;

/** Multiplies the stored rows by `k`. The copies have the same bodies and values, but other members and ids. */
const COPY = {
  resource: `
    INSERT INTO resource
           (tenant, member, type, id, form, version, version_id, last_updated, audience, sensitivity, body, hash)
    SELECT tenant, CASE member WHEN '' THEN '' ELSE member || '.' || k END, type, id || '.' || k, form, version,
           version_id, last_updated, audience, sensitivity, body, hash FROM resource, generate_series($1::int, $2::int) k WHERE id !~ '[.][0-9]+$'`,
  search_value: `
    INSERT INTO search_value (tenant, member, type, parameter, system, value, low, high, number, id, audience)
    SELECT tenant, CASE member WHEN '' THEN '' ELSE member || '.' || k END, type, parameter, system, value, low, high,
           number, id || '.' || k, audience FROM search_value, generate_series($1::int, $2::int) k WHERE id !~ '[.][0-9]+$'`,
};
const COPIES_AT_ONCE = 10;

export interface Grown {
  urls: DatabaseUrls;
  resources: number;
}

const memberOf = ({ subject }: Resource & { subject?: { reference?: string } }) =>
  MEMBER.exec(subject?.reference ?? '')?.[1];

function first(resources: number, seed: number): Resource[] {
  const input = population({ tenant: BENCH_TENANT, members: resources, seed });
  return Array.from({ length: resources }, () => input.next().value as Resource);
}

/** @returns the member with the most visible Observations, and copies of these with other ids for each import */
function withFullPages(resources: readonly Resource[]): { member: string; imports: Resource[][] } {
  const visible = resources.filter((one) => one.resourceType === 'Observation' && !one.meta?.security);
  const byMember = Object.entries(Object.groupBy(visible, (one) => memberOf(one) ?? ''));
  const [member, theirs = []] = byMember.sort(([, a], [, b]) => (b?.length ?? 0) - (a?.length ?? 0))[0] ?? [
    '',
  ];
  const imports = Array.from({ length: TIMES - 1 }, (_, at) =>
    theirs.map((one) => ({ ...one, id: `${one.id}-${at}` })),
  );
  return { member, imports };
}

async function count(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM resource');
  return rows[0]?.n ?? 0;
}

/** Fills a store with other members' data as the superuser, and analyzes it. @returns the number of resources */
async function fillUp(admin: string, resources: number): Promise<number> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  try {
    const copies = Math.ceil(resources / (await count(client))) - 1;
    for (let from = 1; from <= copies; from += COPIES_AT_ONCE) {
      const range = [from, Math.min(from + COPIES_AT_ONCE - 1, copies)];
      for (const text of Object.values(COPY)) await client.query(text, range);
      console.error(`growth: ${await count(client)} of ${resources} resources`);
    }
    await client.query('VACUUM ANALYZE resource, search_value');
    return await count(client);
  } finally {
    await client.end();
  }
}

/** @param sizes the smaller one first; the larger store is made from copies of it */
export async function withGrowth<Result>(
  sizes: readonly [number, number],
  seed: number,
  work: (member: string, small: Grown, large: Grown) => Promise<Result>,
): Promise<Result> {
  const resources = first(sizes[0], seed);
  const { member, imports } = withFullPages(resources);
  const fill = async (urls: DatabaseUrls, admin: string, size: number): Promise<Grown> => {
    for (const each of [resources, ...imports])
      await store(
        urls,
        each.map((resource) => JSON.stringify(resource)),
      );
    return { urls, resources: await fillUp(admin, size) };
  };
  return withStore((smallUrls, smallAdmin) =>
    withStore(async (largeUrls, largeAdmin) => {
      const small = await fill(smallUrls, smallAdmin, sizes[0]);
      return work(member, small, await fill(largeUrls, largeAdmin, sizes[1]));
    }),
  );
}

/** @returns one read-only connection of the service role, like a connection of the engine */
export const reader = ({ urls }: Grown) => createReadPool(urls.service, { max: 1 });
