/**
 * When a conditional resource changes, those that name it are stored anew in groups. However many of a member's
 * resources name it, each has to be stored as where nothing else names it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { condition, observation, practitioner } from '@patient-access/testing';
import { ETH, provenance } from '../related/world.ts';
import { asMember, bundleOf, nextOf, startWorld, type World } from '../world.ts';

const [system, code] = ETH.split('|');
const LABELLED = { meta: { security: [{ system, code }] } };
const NAMED = 'Condition/c';

/** Those that change have an earlier version which names it too. */
const KINDS = ['stays', 'changes', 'is deleted', 'is about nothing else', 'named it before'] as const;
/** More than two groups, and the last of them is not full. */
const MANY = 45 * KINDS.length;
const idsUpTo = (count: number) => Array.from({ length: count }, (_, at) => `r${at}`);
const kindOf = (id: string) => KINDS[Number(id.slice(1)) % KINDS.length];
const ofKind = (kind: (typeof KINDS)[number], ids: readonly string[]) =>
  ids.filter((id) => kindOf(id) === kind);

const VISIBLE = { reference: 'Condition/visible' };

const naming = (id: string): Resource =>
  kindOf(id) === 'is about nothing else'
    ? provenance(id, NAMED)
    : observation(id, 'anna', { focus: [{ reference: NAMED }, VISIBLE] });

async function fill({ store, erase }: World, tenant: string, ids: readonly string[]): Promise<void> {
  await store(tenant, condition('c', 'anna'), condition('visible', 'anna'));
  await store(tenant, ...ids.map(naming));
  const later = ofKind('changes', ids).map((id) => ({ ...naming(id), valueString: 'later' }));
  const without = ofKind('named it before', ids).map((id) => observation(id, 'anna', { focus: [VISIBLE] }));
  await store(tenant, ...later, ...without);
  await erase(tenant, ...ofKind('is deleted', ids).map((id) => `Observation/${id}`));
}

const TABLES = ['resource', 'deleted_resource', 'resource_history', 'search_value'];
/** They differ between two equal resources that were stored at different times. */
const OF_THE_TIME = ['tenant', 'version_id', 'last_updated', 'replaced', 'deleted', 'hash', 'body'];

/** All rows of each resource that names it, by id, without what may differ. */
async function rowsOf({ admin }: World, tenant: string): Promise<Map<string, string>> {
  const rows: { id: string; text: string }[] = [];
  for (const table of TABLES) {
    const { rows: found } = await admin.query<{ id: string; row: object; body?: string }>(
      `SELECT id, to_jsonb(t) - $2::text[] AS row, to_jsonb(t) ->> 'body' AS body FROM ${table} t
        WHERE tenant = $1 AND id LIKE 'r%'`,
      [tenant, OF_THE_TIME],
    );
    for (const { id, row, body } of found) {
      const { meta, ...content } = JSON.parse(body ?? '{}') as Resource;
      const stored = { table, row, content, security: (meta as Resource['meta'])?.['security'] };
      rows.push({ id, text: JSON.stringify(stored).replaceAll(`"${id}"`, '"ID"') });
    }
  }
  const texts = (of: typeof rows) => of.map(({ text }) => text).toSorted();
  return new Map([...Map.groupBy(rows, ({ id }) => id)].map(([id, of]) => [id, texts(of).join('\n')]));
}

/** Of how many members one statement reads the lists at most, while work is done. */
async function listsTogether({ ingest }: World, work: () => Promise<void>): Promise<number> {
  let most = 0;
  const client = await ingest.connect();
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    const [statement, values] = given as [string, unknown[] | undefined];
    if (/FROM conditional_resource/.test(statement)) most = Math.max(most, (values?.[1] as string[]).length);
    return query(...given);
  }) as typeof client.query;
  client.release();
  try {
    await work();
  } finally {
    client.query = query as typeof client.query;
  }
  return most;
}

describe('a conditional resource that very many name', () => {
  let world: World;
  const few = idsUpTo(KINDS.length);
  const many = idsUpTo(MANY);

  beforeAll(async () => {
    world = await startWorld();
    await fill(world, 'many', many);
    for (const id of few) await fill(world, `alone-${id}`, [id]);
  }, 120_000);
  afterAll(() => world?.stop());

  const change = async (meta: Partial<Resource>) => {
    for (const tenant of ['many', ...few.map((id) => `alone-${id}`)])
      await world.store(tenant, condition('c', 'anna', meta));
  };

  const expectSame = async () => {
    const alone = new Map<string, string>();
    for (const id of few) alone.set(kindOf(id) ?? '', (await rowsOf(world, `alone-${id}`)).get(id) ?? '');
    const stored = await rowsOf(world, 'many');
    const differing = many.filter((id) => stored.get(id) !== alone.get(kindOf(id) ?? ''));
    for (const id of differing.slice(0, 1)) expect(stored.get(id)).toBe(alone.get(kindOf(id) ?? ''));
    expect(differing).toEqual([]);
  };

  /** How many resources of a type the member's app receives, and how many of them name it. */
  const seen = async (type: string) => {
    const app = await asMember(world, 'many', 'anna');
    const texts: string[] = [];
    for (let next: string | undefined = `${type}?_count=100`; next !== undefined;) {
      const answer = await app(next);
      texts.push(...(bundleOf(answer).entry ?? []).map(({ resource }) => JSON.stringify(resource)));
      next = nextOf(answer, 'many');
    }
    return [texts.length, texts.filter((text) => text.includes(`"${NAMED}"`)).length];
  };

  const kept = MANY / KINDS.length;

  const historyOf = async (kind: (typeof KINDS)[number]) => {
    const app = await asMember(world, 'many', 'anna');
    const answer = await app(`Observation/${ofKind(kind, many).at(-1)}/_history`);
    return [answer.status, answer.text.includes('Condition/visible'), answer.text.includes(`"${NAMED}"`)];
  };

  it('takes all of them along when it is hidden', async () => {
    expect(await seen('Observation')).toEqual([3 * kept, 2 * kept]);
    expect(await seen('Provenance')).toEqual([kept, kept]);
    await change(LABELLED);
    await expectSame();
    expect(await seen('Observation')).toEqual([3 * kept, 0]);
    expect(await seen('Provenance')).toEqual([0, 0]);
  });

  it('takes the earlier versions along that name it', async () => {
    for (const kind of ['stays', 'changes', 'is deleted', 'named it before'] as const)
      expect([kind, await historyOf(kind)]).toEqual([kind, [200, true, false]]);
  });

  it('takes an earlier version along that names something of the plan', async () => {
    const named = observation('r0', 'anna', {
      performer: [{ reference: 'Practitioner/p' }],
      focus: [VISIBLE],
    });
    await world.store('plan', practitioner('p', 'Berg'), named);
    await world.store('plan', observation('r0', 'anna', { focus: [VISIBLE] }));
    await world.store('plan', { ...practitioner('p', 'Berg'), ...LABELLED });
    const app = await asMember(world, 'plan', 'anna');
    const { status, text } = await app('Observation/r0/_history');
    expect([status, text.includes('Practitioner/p')]).toEqual([200, false]);
  });

  it('has the lists of few members in memory at one time, however many it concerns', async () => {
    const members = Array.from({ length: 210 }, (_, at) => `member-${at}`);
    const performer = [{ reference: 'Practitioner/p' }];
    await world.store('members', practitioner('p', 'Berg'));
    await world.store(
      'members',
      ...members.map((member) => observation(`o-${member}`, member, { performer })),
    );
    const label = () => world.store('members', { ...practitioner('p', 'Berg'), ...LABELLED });
    const most = await listsTogether(world, label);
    expect([most > 0, most <= 100]).toEqual([true, true]);
    for (const member of ['member-0', 'member-100', 'member-209']) {
      const app = await asMember(world, 'members', member);
      const { status, text } = await app(`Observation/o-${member}`);
      expect([status, text.includes('Practitioner/p')]).toEqual([200, false]);
    }
  });

  it('brings all of them back when it is shown', async () => {
    await change({});
    await expectSame();
    expect(await seen('Observation')).toEqual([3 * kept, 2 * kept]);
    expect(await seen('Provenance')).toEqual([kept, kept]);
  });
});
