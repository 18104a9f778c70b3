/**
 * Errors as plans make them, through the commands of the import and its report: each is rejected or reported, and
 * nothing that is right is.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Report } from '../../report/report.ts';
import { ndjson } from '../resources.ts';
import { createWorld, type World } from '../world.ts';
import { SEEDED_ERRORS, type SeededSet } from './errors.ts';
import { plantedErrors } from './seed.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await loadForeign();
});
afterAll(() => world.end());

/** What was said of each resource: its id, and what is wrong. */
interface Said {
  id: string;
  text: string;
}

const ARGUMENTS: Readonly<Record<SeededSet, readonly string[]>> = {
  '2023': ['--guides', '2023'],
  '2027': ['--guides', '2027'],
  directory: ['--directory'],
  formulary: ['--formulary'],
};

async function rejectionsIn(path: string): Promise<Said[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => ({ id: /seeded-\d+/.exec(line)?.[0] ?? 'right', text: line }));
}

function saidBy({ findings, references, disagreements }: Report): Said[] {
  return [
    ...findings.flatMap(({ location, rule, expected, examples }) =>
      examples.map((id) => ({ id, text: `${location} ${rule} ${expected}` })),
    ),
    ...references.dangling.flatMap(({ element, examples }) =>
      examples.map(({ from }) => ({ id: from.split('/')[1] ?? from, text: `${element} refers to nothing` })),
    ),
    ...disagreements.flatMap(({ where, examples }) => examples.map((id) => ({ id, text: where }))),
  ];
}

/** Another plan's resource, which errors refer to. */
async function loadForeign(): Promise<void> {
  const foreign = { resourceType: 'Organization', id: 'of-another-plan', active: true, name: 'Elsewhere' };
  await world.importFiles('another-plan', await world.file('foreign.ndjson', ndjson(foreign)));
  expect(await world.stored('another-plan', 'Organization/of-another-plan')).toHaveLength(1);
}

async function loaded(set: SeededSet, resources: readonly object[]): Promise<Said[]> {
  const args = ['--tenant', `seeded-${set}`, ...ARGUMENTS[set]];
  const file = await world.file(`${set}.ndjson`, ndjson(...resources));
  const rejects = join(world.folder, `${set}.rejects.ndjson`);
  const { code } = await world.run('main', [...args, '--rejects', rejects, '--json', file]);
  expect([0, 3]).toContain(code);
  const rejected = code === 3 ? await rejectionsIn(rejects) : [];
  const { out } = await world.run('report', [...args, '--json']);
  return [...rejected, ...saidBy(JSON.parse(out) as Report)];
}

/** Claims with errors are claims too, so the sums of their members are others. */
const isAboutSums = ({ text }: Said) => text.includes('claims here');

test.each(Object.keys(SEEDED_ERRORS) as SeededSet[])('every planted error is found: %s', async (set) => {
  const { planted, right } = plantedErrors(set);
  const said = await loaded(set, [...right, ...planted.map(({ resource }) => resource)]);
  const isFound = ({ id, found }: (typeof planted)[number]) =>
    said.some((each) => each.id === id && found.test(each.text));
  const missed = planted
    .filter((each) => !isFound(each))
    .map(({ id, name }) => ({ name, said: said.filter((each) => each.id === id).map(({ text }) => text) }));
  console.log(`${set}: found ${planted.length - missed.length} of ${planted.length} planted errors`);
  expect(missed).toEqual([]);
  const ids = new Set(planted.map(({ id }) => id));
  expect(said.filter((each) => !ids.has(each.id) && !isAboutSums(each))).toEqual([]);
});

test('there are at least 39 errors, in every set', () => {
  const all = Object.values(SEEDED_ERRORS);
  expect(all.every((errors) => errors.length > 5)).toBe(true);
  expect(all.flat().length).toBeGreaterThanOrEqual(39);
});
