/**
 * How much of what is wrong is found: a valid example of each profile is broken in one place, against each of its
 * rules, by seed. The figures are printed. The examples are in a folder beside the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  definitions,
  parseResource,
  ProfileValidator,
  type Resource,
  structureErrors,
} from '@patient-access/fhir';
import { packagesIn } from '../../packages/packages.ts';
import { listFiles } from '../../read/paths.ts';
import { type ProfileText, type MutantKind, type Mutant, mutantsOf } from './mutate.ts';
import type { JsonObject } from './places.ts';

const DATA = resolve(import.meta.dirname, '../../../../../shared/data');
const EXAMPLES = ['us-core-6.1.0', 'carin-bb-2.0.0', 'pdex-2.0.0'];
const PACKAGES = [
  'carin4bb-200',
  'hl7.fhir.us.core-6.1.0',
  'hl7.fhir.us.davinci-hrex-1.0.0',
  'hl7.fhir.us.davinci-pdex-2.0.0',
];
const SEED = Number(process.env['MUTANTS_SEED'] ?? 20261127);
/** For each profile and kind, so that a profile with many rules does not outweigh the others. */
const MOST_OF_A_KIND = 12;
const WANTED = 0.95;

/** mulberry32 */
function randomOf(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function shuffled<Each>(items: readonly Each[], random: (below: number) => number): Each[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = random(at + 1);
    [mixed[at], mixed[other]] = [mixed[other] as Each, mixed[at] as Each];
  }
  return mixed;
}

const present = existsSync(join(DATA, 'igs'));
if (!present) console.warn('skipped: there is no ../shared/data with examples beside the repository');

(present ? describe : describe.skip)('broken examples', () => {
  let folder: string;
  let validator: ProfileValidator;
  let profiles: ProfileText[];
  let examples: Resource[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patient-access-mutants-'));
    for (const name of PACKAGES)
      await copyFile(join(DATA, 'igs', `${name}.tgz`), join(folder, `${name}.tgz`));
    const resources = (await packagesIn(folder)).flatMap((each) => each.resources);
    validator = new ProfileValidator(resources);
    const bound = new Set([...definitions.values()].flatMap((row) => row.profiles.map(({ url }) => url)));
    profiles = resources.filter(
      (each) => each.resourceType === 'StructureDefinition' && bound.has(each.url),
    ) as unknown as ProfileText[];
    const files = (await Promise.all(EXAMPLES.map((name) => listFiles([join(DATA, name)])))).flat();
    examples = files.map(({ path }) => parseResource(readFileSync(path, 'utf8')) as Resource);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The resource claims the profile alone, so that another does not find what this one should. */
  const claiming = (resource: Resource, { url }: ProfileText): Resource => ({
    ...resource,
    meta: { lastUpdated: '2026-01-01T00:00:00Z', ...resource.meta, profile: [`${url}|2.0.0`] },
  });
  const findingsOf = (resource: Resource) => validator.validate(resource).flatMap(({ findings }) => findings);
  const isFound = ({ resource }: Mutant) =>
    structureErrors(resource as unknown as Resource).length > 0 ||
    findingsOf(resource as unknown as Resource).length > 0;

  const validExamplesOf = (profile: ProfileText) =>
    examples
      .filter(({ resourceType }) => resourceType === profile.type)
      .filter(({ meta }) => JSON.stringify(meta?.['profile'] ?? '').includes(profile.url))
      .map((example) => claiming(example, profile))
      .filter((example) => findingsOf(example).length === 0);

  test('are found, 95 % of them', () => {
    const random = randomOf(SEED);
    const counts = new Map<MutantKind, { found: number; missed: string[] }>();
    const without: string[] = [];
    for (const profile of profiles) {
      const [example] = validExamplesOf(profile);
      if (!example) without.push(profile.url.slice(profile.url.lastIndexOf('/') + 1));
      const made = example ? [...mutantsOf(profile, example as unknown as JsonObject, random)] : [];
      for (const [kind, mutants] of Map.groupBy(made, (mutant) => mutant.kind)) {
        const count = counts.get(kind) ?? { found: 0, missed: [] };
        counts.set(kind, count);
        for (const mutant of shuffled(mutants, random).slice(0, MOST_OF_A_KIND))
          if (isFound(mutant)) count.found += 1;
          else count.missed.push(`${profile.url.slice(profile.url.lastIndexOf('/') + 1)} ${mutant.rule}`);
      }
    }
    const rows = [...counts].map(
      ([kind, { found, missed }]) => `${kind}: ${found} found, ${missed.length} missed`,
    );
    const all = [...counts.values()];
    const found = all.reduce((sum, each) => sum + each.found, 0);
    const total = all.reduce((sum, each) => sum + each.missed.length, found);
    console.log(
      [
        `seed ${SEED}: ${found} of ${total} found in ${profiles.length - without.length} profiles`,
        ...rows,
        ...all.flatMap(({ missed }) => missed.map((each) => `missed: ${each}`)),
        `no valid example for: ${without.join(', ')}`,
      ].join('\n'),
    );
    expect(total).toBeGreaterThan(200);
    expect(found / total).toBeGreaterThanOrEqual(WANTED);
  });
});
