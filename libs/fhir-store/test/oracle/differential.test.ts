/** Compares thousands of generated searches with an oracle that was written from the standard. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { base, startWorld, type World } from '../world.ts';
import { type PageIds, inProcess, type SearchInProcess } from './in-process.ts';
import { meets } from './oracle.ts';
import { resourcesOf, TYPES } from './population.ts';
import { generateQuery, type GeneratedQuery } from './questions.ts';
import { seededRandom, tries } from '@patient-access/testing';

const SEED = 20_261_125;
const SEARCHES = tries(4_000, 20_000);
const AT_ONCE = 8;
const TENANTS = ['north', 'south'];
const MEMBERS = ['m0', 'm1', 'm2', 'm3', 'm4'];
/** of each type, for each member */
const RESOURCES = 14;
const MAX_SHOWN = 5;

interface Case {
  tenant: string;
  member: string;
  type: string;
  asked: GeneratedQuery[];
  query: string;
}

/** The test reads one page only, so a member has fewer resources of a type than a page holds. */
const encoded = (asked: readonly GeneratedQuery[]) =>
  new URLSearchParams([
    ...asked.map(({ name, value }): [string, string] => [name, value]),
    ['_count', '100'],
  ]).toString();

function someCase(random: ReturnType<typeof seededRandom>): Case {
  const [tenant, member, type] = [random.pick(TENANTS), random.pick(MEMBERS), random.pick(TYPES)];
  const asked = [0, ...random.some(2, () => 0)].map(() => generateQuery(random, type, base(tenant)));
  return { tenant, member, type, asked, query: encoded(asked) };
}

describe(`differential search, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const stored = new Map<string, Resource[]>();
  let world: World;
  let search: SearchInProcess;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    world = await startWorld();
    ({ search, stop } = await inProcess(world, new URL(base('')).origin));
    for (const tenant of TENANTS) {
      for (const member of [undefined, ...MEMBERS]) {
        const canary = `canary-${tenant}-${member ?? 'plan'}`;
        const resources = resourcesOf(random, base(tenant), RESOURCES, canary, member);
        stored.set(`${tenant} ${member ?? ''}`, resources);
        await world.store(tenant, ...resources);
      }
    }
  }, 120_000);
  afterAll(async () => {
    await stop?.();
    await world?.stop();
  });

  function expected({ tenant, member, type, asked }: Case): string[] {
    const plan = stored.get(`${tenant} `) ?? [];
    const all = [...(stored.get(`${tenant} ${member}`) ?? []), ...plan];
    const found = all.filter(
      (resource) =>
        resource.resourceType === type &&
        asked.every(({ question }) => meets(question, resource, plan, base(tenant))),
    );
    return found.map(({ id }) => id).sort();
  }

  /** @returns how the answer is wrong, or undefined */
  function fault(one: Case, { status, ids, text }: PageIds): object | undefined {
    const should = expected(one);
    const canaries = new Set(text.match(/canary-\w+-\w+/g));
    const foreign = [...canaries].filter(
      (canary) => ![`canary-${one.tenant}-${one.member}`, `canary-${one.tenant}-plan`].includes(canary),
    );
    const same = status === 200 && ids.join() === should.join() && foreign.length === 0;
    const { tenant, member, type, asked } = one;
    const shown = asked.map(({ name, value }) => `${name}=${value}`);
    return same ? undefined : { tenant, member, type, shown, status, ids, should, foreign };
  }

  it(`A0: ${SEARCHES} searches find what the standard says, and nothing of another member`, async () => {
    const claims = new Map<string, TokenClaims>();
    for (const tenant of TENANTS)
      for (const member of MEMBERS) claims.set(`${tenant} ${member}`, world.issuer.claims(tenant, member));
    const faults: object[] = [];
    let hits = 0;
    for (let done = 0; done < SEARCHES && faults.length < MAX_SHOWN; done += AT_ONCE) {
      const cases = Array.from({ length: AT_ONCE }, () => someCase(random));
      const results = await Promise.all(
        cases.map(async (one) => {
          const found = await search(
            claims.get(`${one.tenant} ${one.member}`) as TokenClaims,
            one.type,
            one.query,
          );
          hits += found.ids.length > 0 ? 1 : 0;
          return fault(one, found);
        }),
      );
      faults.push(...results.filter((one) => one !== undefined));
    }
    expect(faults).toEqual([]);
    // A test in which most searches find nothing would show little.
    expect(hits / SEARCHES).toBeGreaterThan(0.3);
  }, 300_000);
});
