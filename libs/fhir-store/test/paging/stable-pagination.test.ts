/** Reads thousands of resources page by page while imports change, add and remove some. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Definition, definitions, type Resource } from '@patient-access/fhir';
import { concept, observation, seededRandom, tries } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, nextOf, startWorld, type World } from '../world.ts';

const SEED = 41;
const OBSERVATIONS = tries(240, 1_000);
const PRACTITIONERS = tries(60, 200);
/** Six pages of Observations in the short form and ten in the long one, four of Practitioners in both. */
const PAGE: Record<string, number> = { Observation: tries(40, 100), Practitioner: tries(15, 50) };
const CHANGED = tries(15, 60);
/** As many Observations come as are taken: from one case to the next the pages become neither fewer nor more. */
const ADDED: Record<string, number> = { Observation: 4, Practitioner: 1 };
const TAKEN = 4;

const random = seededRandom(SEED);
const pad = (at: number) => String(at).padStart(4, '0');
const DAYS = Array.from({ length: 40 }, (_, at) =>
  new Date(Date.UTC(2026, 0, 1 + at)).toISOString().slice(0, 10),
);

/** A different Observation each time: the values by which it can be sorted vary or are missing. */
function someObservation(id: string, member: string): Resource {
  const day = random.pick([...DAYS, undefined]);
  return observation(id, member, {
    status: random.pick(['final', 'amended', 'preliminary']),
    code: concept('http://loinc.org', random.pick(['8867-4', '8310-5', '9279-1'])),
    ...(day && { effectiveDateTime: day }),
    performer: [{ reference: `Practitioner/p-${random.pick(['1', '2', '3'])}` }],
    note: [{ text: `content ${random.below(1e9)}` }],
  });
}

const somePractitioner = (id: string): Resource => ({
  resourceType: 'Practitioner',
  id,
  name: [{ family: random.pick(['Ångström', 'Berg', 'Chu', 'Dahl']), given: [random.pick(['Kim', 'Lo'])] }],
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: String(random.below(1e9)) }],
});

/** Every key by which a type can be sorted. */
function sortable(type: string): string[] {
  const { search, membership } = definitions.get(type) as Definition;
  const path = membership.by === 'element' ? membership.path : undefined;
  const own = Object.entries(search)
    .filter(([, { kind, path: at }]) => kind !== 'quantity' && kind !== 'number' && at !== path)
    .map(([name]) => name);
  return ['_lastUpdated', '_id', ...own];
}

const sorts = (type: string) => ['', ...sortable(type).flatMap((key) => [`_sort=${key}`, `_sort=-${key}`])];

describe(`stable pagination, seed ${SEED}`, () => {
  let world: World;
  let anna: Asker;
  /** content of the existing resources, as stored last */
  const current = new Map<string, string>();
  const keyOf = ({ resourceType, id }: Resource) => `${resourceType}/${id}`;
  const contentOf = ({ meta: _meta, ...content }: Resource) => JSON.stringify(content);

  async function store(...resources: Resource[]) {
    await world.store('north', ...resources);
    for (const one of resources) current.set(keyOf(one), contentOf(one));
  }

  beforeAll(async () => {
    world = await startWorld();
    // Separate imports: many resources have the same instant, but not all.
    const half = OBSERVATIONS / 2;
    for (const from of [0, half])
      await store(...Array.from({ length: half }, (_, at) => someObservation(`o-${pad(from + at)}`, 'anna')));
    await store(...Array.from({ length: PRACTITIONERS }, (_, at) => somePractitioner(`p-${pad(at)}`)));
    anna = await asMember(world, 'north', 'anna');
  }, 60_000);
  afterAll(() => world?.stop());

  const idsOfType = (type: string) =>
    [...current.keys()].flatMap((key) => (key.startsWith(`${type}/`) ? key.slice(type.length + 1) : []));

  /** An import that changes resources, adds some, and gives some to another member. */
  async function importMore(type: string, taken: Set<string>): Promise<void> {
    const make = type === 'Observation' ? (id: string) => someObservation(id, 'anna') : somePractitioner;
    const ids = idsOfType(type);
    const changed = new Set(Array.from({ length: CHANGED }, () => random.pick(ids)));
    const added = Array.from({ length: ADDED[type] ?? 0 }, (_, at) => `n-${pad(current.size + at)}`);
    await store(...[...changed, ...added].map(make));
    if (type !== 'Observation') return;
    const gone = Array.from({ length: TAKEN }, () => random.pick(ids));
    await world.store('north', ...gone.map((id) => someObservation(id, 'ben')));
    for (const id of gone) {
      taken.add(id);
      current.delete(`${type}/${id}`);
    }
  }

  async function readAllPages(start: string, between: () => Promise<void>, look?: (one: Resource) => void) {
    const ids: string[] = [];
    for (let path: string | undefined = start; path !== undefined;) {
      const answer = await anna(path);
      expect(answer.status).toBe(200);
      const shown = (bundleOf(answer).entry ?? []).map(({ resource }) => resource);
      shown.forEach((resource) => look?.(resource));
      ids.push(...shown.map(({ id }) => id));
      path = nextOf(answer, 'north');
      await between();
    }
    return ids;
  }

  const cases = ['Observation', 'Practitioner'].flatMap((type) =>
    sorts(type).map((sort): [string, string] => [type, sort]),
  );
  const MIXED: [string, string][] = [
    ['Observation', '_sort=status,-date'],
    ['Observation', '_sort=-_lastUpdated,date,-_id'],
    ['Observation', '_sort=date,_lastUpdated,code'],
  ];

  it.each([...cases, ...MIXED])(
    '%s?%s shows the resources of its first page, in the order of that time, in their current versions',
    async (type, sort) => {
      const start = `${type}?${sort}&_count=${PAGE[type]}`;
      const before = await readAllPages(start, async () => undefined);
      expect(new Set(before).size).toBe(idsOfType(type).length);
      const taken = new Set<string>();
      const look = (one: Resource) => expect(contentOf(one)).toBe(current.get(keyOf(one)));
      const shown = await readAllPages(start, () => importMore(type, taken), look);
      const staying = (ids: string[]) => ids.filter((id) => !taken.has(id));
      expect(staying(shown)).toEqual(staying(before));
      expect(new Set(shown).size).toBe(shown.length);
      expect(before).toEqual(expect.arrayContaining(shown));
    },
    30_000,
  );

  it.each(['', '_sort=_lastUpdated', '_sort=-date', '_sort=status'])(
    'Observation?%s neither loses nor repeats resources while an import runs',
    async (sort) => {
      const there = idsOfType('Observation');
      const taken = new Set<string>();
      let running = true;
      const importing = (async () => {
        while (running) await importMore('Observation', taken);
      })();
      const shown = await readAllPages(`Observation?${sort}&_count=${tries(20, 50)}`, async () => undefined);
      running = false;
      await importing;
      expect(new Set(shown).size).toBe(shown.length);
      const lost = there.filter((id) => !taken.has(id) && !shown.includes(id));
      expect(lost).toEqual([]);
    },
    60_000,
  );

  /** Starts an import that has taken its instant and then waits. @returns a function that lets it continue */
  async function heldUp(resources: Resource[]): Promise<() => Promise<void>> {
    const blocker = await world.admin.connect();
    const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'search_value'::regclass";
    try {
      await blocker.query('BEGIN; LOCK TABLE search_value IN SHARE MODE');
      const importing = store(...resources);
      while ((await blocker.query(waiting)).rows.length === 0) await setTimeout(10);
      return async () => {
        await blocker.query('COMMIT').finally(() => blocker.release());
        await importing;
      };
    } catch (error) {
      blocker.release(true);
      throw error;
    }
  }

  it('loses nothing to an import that began before the first page and ended after it', async () => {
    const start = `Observation?_count=${PAGE['Observation']}`;
    const before = await readAllPages(start, async () => undefined);
    let goOn: (() => Promise<void>) | undefined = await heldUp(
      before.slice(-CHANGED).map((id) => someObservation(id, 'anna')),
    );
    const shown = await readAllPages(start, async () => {
      await goOn?.();
      goOn = undefined;
    });
    expect(shown).toEqual(before);
  });

  it('an app misses no change that asks for what is newer than the latest it has, as the tutorial says', async () => {
    const newer = async (time: string) =>
      (bundleOf(await anna(`Observation?_lastUpdated=gt${time}&_count=100`)).entry ?? []).map(
        ({ resource }) => resource,
      );
    const [latest] = bundleOf(await anna('Observation?_count=1')).entry ?? [];
    const { lastUpdated = '' } = latest?.resource.meta ?? {};
    const changed = idsOfType('Observation').slice(0, TAKEN);
    const goOn = await heldUp(changed.map((id) => someObservation(id, 'anna')));
    const visit = new Date().toISOString();
    expect(await newer(lastUpdated)).toEqual([]);
    await goOn();
    expect((await newer(lastUpdated)).map(({ id }) => id).sort()).toEqual(changed.sort());
    // Why it does not say: newer than the last visit.
    expect(await newer(visit)).toEqual([]);
  });

  it('is not misled by a clock that was ahead and was set back', async () => {
    await world.admin.query("UPDATE member_change SET at = now() + interval '1 hour' WHERE tenant = 'north'");
    const before = await readAllPages(`Observation?_count=${PAGE['Observation']}`, async () => undefined);
    const last = before.slice(-CHANGED);
    const shown = await readAllPages(`Observation?_count=${PAGE['Observation']}`, () =>
      store(...last.map((id) => someObservation(id, 'anna'))),
    );
    expect(shown).toEqual(before);
  });

  it('is known to the release before by the statement of docs/operate.md', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/operate.md'), 'utf8');
    const [, statement = ''] = /`(INSERT INTO last_change [^`]+)`/.exec(page) ?? [];
    await world.admin.query('DELETE FROM last_change');
    for (let times = 0; times < 2; times += 1) await world.admin.query(statement);
    const { rows } = await world.admin.query(
      `SELECT tenant FROM last_change l WHERE at = (SELECT max(at) FROM member_change m WHERE m.tenant = l.tenant)`,
    );
    expect(rows).toContainEqual({ tenant: 'north' });
  });
});
