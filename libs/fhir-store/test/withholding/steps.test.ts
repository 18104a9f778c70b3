/**
 * Random changes of a few resources, one after the other. Each may change what a caller is served of a resource only if it says
 * something else to this caller (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md): no byte, no version id and no
 * time is another otherwise. Every statement asks the rows for whom they are, so the rows are compared.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { type SeededRandom, seededRandom, tries } from '@patient-access/testing';
import { alone, applySensitiveCodes, formAnew, Ingest, setSensitiveCodes } from '../../src/ingest.ts';
import { startWorld, type World } from '../world.ts';
import {
  KEYS,
  MH,
  resourceOf,
  RULES,
  type SentVersion,
  someVersion,
  SUD,
  type SentHistory,
  toldTo,
} from './steps.ts';

const SEEDS = tries(10, 200);
const STEPS = 14;
const RELEASED = [[], [MH], [SUD], [MH, SUD]];

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await startWorld();
  pool = await createPool(world.urls.ingest, { max: 2 });
});
afterAll(async () => {
  await pool?.end();
  await world?.stop();
});

interface Row {
  key: string;
  audience: string[] | null;
  isCurrent: boolean;
  text: string;
}

const ROWS = [
  ['resource', 'version_id, last_updated, body::text'],
  ['deleted_resource', 'version_id, last_updated, body::text, deleted'],
  ['resource_history', 'version_id, last_updated, body::text, replaced, deleted'],
  ['search_value', 'parameter, system, value, low, high, number'],
]
  .map(
    ([table, columns]) => `
  SELECT type || '/' || id AS key, audience, '${table}' IN ('resource', 'deleted_resource') AS "isCurrent",
         '${table} ' || ROW(${columns})::text AS text FROM ${table} WHERE tenant = $1`,
  )
  .join(' UNION ALL ');

const rowsOf = async (tenant: string) =>
  (await world.admin.query<Row>(`${ROWS} ORDER BY key, text`, [tenant])).rows;

const isFor = (released: readonly string[], { audience }: Row) =>
  (audience ?? []).every((term) => released.includes(term.slice(1)) === term.startsWith('+'));

/** What is served of a resource, in all its versions, and by what it is found. */
function servedOf(rows: readonly Row[], key: string, released: readonly string[]): string[] | undefined {
  const own = rows.filter((row) => row.key === key && isFor(released, row));
  return own.some(({ isCurrent }) => isCurrent) ? own.map(({ text }) => text) : undefined;
}

interface Story extends SentHistory {
  tenant: string;
  versions: Map<string, SentVersion[]>;
  /** what was done */
  done: string[];
  /** stores what was prepared before the last steps */
  storePrepared?: (() => Promise<void>) | undefined;
}

async function setList(story: Story): Promise<void> {
  story.isList = !story.isList;
  const codes = story.isList ? RULES : [];
  await setSensitiveCodes([pool], story.tenant, codes);
  for await (const _ of applySensitiveCodes(alone(pool), story.tenant, codes));
  story.done.push(`list: ${story.isList}`);
}

/** @returns what stores the version, which may be done later: other changes may come between */
async function prepared(story: Story, key: string, sent: SentVersion): Promise<() => Promise<void>> {
  const { tenant, versions, done } = story;
  const [type = '', id = ''] = key.split('/');
  const item = sent.deleted
    ? { deleted: { type, id } }
    : { resource: resourceOf(key, sent, new Date().toISOString()) };
  const ingest = new Ingest(alone(pool), tenant);
  const batch = await ingest.prepare([{ ...item, origin: 0 }]);
  done.push(`prepared: ${key}`);
  return async () => {
    const [result] = await ingest.storePrepared(batch);
    done.push(`${result?.status}: ${key} ${JSON.stringify(sent)}`);
    if (result && ['created', 'updated', 'deleted'].includes(result.status))
      versions.set(key, [...(versions.get(key) ?? []), sent]);
  };
}

async function send(story: Story, key: string, sent: SentVersion): Promise<void> {
  await (
    await prepared(story, key, sent)
  )();
}

/** A version like the one before, or another one. */
function nextOf(random: SeededRandom, key: string, last: SentVersion | undefined): SentVersion {
  const next = someVersion(random, key);
  const { labels, names, value } = next;
  const { deleted: _gone, ...same } = last ?? next;
  return random.pick([next, next, { ...same, labels }, { ...same, names }, { ...same, value }]);
}

async function step(random: SeededRandom, story: Story): Promise<void> {
  const key = random.pick(KEYS);
  const last = story.versions.get(key)?.at(-1);
  switch (random.below(16)) {
    case 0:
      for await (const _ of formAnew(alone(pool), story.tenant));
      story.done.push('formed anew');
      break;
    case 1:
      return setList(story);
    case 2:
    case 3:
      return last && send(story, key, { ...last, deleted: true });
    case 4:
    case 5: {
      const { storePrepared } = story;
      story.storePrepared = storePrepared ? undefined : await prepared(story, key, nextOf(random, key, last));
      return storePrepared?.();
    }
    default:
      return send(story, key, nextOf(random, key, last));
  }
}

async function play(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const story: Story = { tenant: `seed-${seed}`, versions: new Map(), isList: false, done: [] };
  let rows = await rowsOf(story.tenant);
  for (let at = 0; at < STEPS; at += 1) {
    const told = RELEASED.map((released) => toldTo(released, story));
    await step(random, story);
    const after = await rowsOf(story.tenant);
    for (const [which, released] of RELEASED.entries()) {
      const now = toldTo(released, story);
      for (const key of KEYS) {
        const [had, has] = [servedOf(rows, key, released), servedOf(after, key, released)];
        const about = { seed, done: story.done, key, released };
        expect({ ...about, isThere: has !== undefined }).toEqual({
          ...about,
          isThere: now.get(key) !== undefined,
        });
        if (told[which]?.get(key) === now.get(key)) expect({ ...about, has }).toEqual({ ...about, has: had });
      }
    }
    rows = after;
  }
}

it('what is done to what a caller does not see changes nothing for this caller', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) await play(seed);
}, 600_000);
