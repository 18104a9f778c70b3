import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { population } from '@patient-access/population';
import type { ProfileValidator, Resource } from '@patient-access/fhir';
import { checksOf, loadChecks } from '../../guides/checks.ts';
import { listFiles } from '../../read/paths.ts';
import { DATA, exampleEntries, hasPackages } from './examples.ts';
import { packageFolder, CONDITION_PROFILE } from './package.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-packages-'));
});
afterAll(() => rm(folder, { recursive: true }));

const loadPackages = (folder: string) => loadChecks('plan', undefined, folder);

test.each(['unpacked', 'archive'] as const)('a package can be loaded in this form: %s', async (form) => {
  const { names, profiles } = await loadPackages(await packageFolder(folder, form));
  expect([names, profiles.size]).toEqual([['ig.example#1.0.0'], 2]);
  expect(profiles.find(`${CONDITION_PROFILE}|1.0.0`)).toMatchObject({ type: 'Condition' });
});

test.each<[string, string, string | undefined, string]>([
  ['no folder', 'gone', undefined, 'cannot be read'],
  ['no package in it', 'empty', '', 'holds no FHIR package'],
  ['an archive that is none', 'broken', 'x.tgz', 'x.tgz: incorrect header check'],
])('%s: one clear line', async (_, name, file, message) => {
  const path = join(folder, name);
  if (file !== undefined) await mkdir(path);
  if (file) await writeFile(join(path, file), 'not gzip');
  await expect(loadPackages(path)).rejects.toThrow(message);
});

test('an archive that ends in the middle of a file causes one clear line', async () => {
  const path = await packageFolder(await mkdtemp(join(folder, 'cut-')), 'archive');
  const archive = gunzipSync(readFileSync(join(path, 'example.tgz')));
  await writeFile(join(path, 'example.tgz'), gzipSync(archive.subarray(0, 1_100)));
  await expect(loadPackages(path)).rejects.toThrow(/^FHIR_PACKAGES_DIR: example.tgz: Unexpected end of data/);
});

test('packages that change between the two are not loaded: they are not those that were told', async () => {
  const path = await packageFolder(await mkdtemp(join(folder, 'changed-')), 'archive');
  const [before, same] = [
    checksOf({ tenant: 'plan', folder: path }),
    checksOf({ tenant: 'plan', folder: path }),
  ];
  expect((await same.load()).names).toEqual(['ig.example#1.0.0']);
  await copyFile(join(path, 'example.tgz'), join(path, 'other.tgz'));
  await expect(before.load()).rejects.toThrow(/^FHIR_PACKAGES_DIR: .* has changed meanwhile/);
  const after = checksOf({ tenant: 'plan', folder: path });
  expect([same.marks, after.marks.length]).toEqual([before.marks, before.marks.length]);
  expect(after.marks).not.toEqual(before.marks);
});

describe('a prior authorization of PDex 2.2', () => {
  type Entry = { category: { coding: { code: string }[] }; value?: number; reason?: object; amount?: object };
  type Authorization = Resource & { item: [{ adjudication: Entry[] }]; meta: object };
  let profiles: ProfileValidator;
  let all: Authorization[];
  beforeAll(async () => {
    ({ profiles } = await loadChecks('plan', '2027'));
    all = [...population({ tenant: 'lakeside', members: 12, seed: 1 })].filter(
      (each) => each['use'] === 'preauthorization',
    ) as unknown as Authorization[];
  });

  const entryOf = (authorization: Authorization, code: string) =>
    authorization.item[0].adjudication.find(({ category }) => category.coding[0]?.code === code);
  /** A copy of one that has such an entry, with a fault in it. */
  const broken = (code: string, fault: (entry: Entry, all: Entry[]) => void) => {
    const copy = structuredClone(all.find((each) => entryOf(each, code)) as Authorization);
    fault(entryOf(copy, code) as Entry, copy.item[0].adjudication);
    return copy;
  };
  const findingsIn = (resource: Resource) =>
    profiles
      .validate(resource)
      .flatMap(({ findings }) => findings.map(({ location, rule }) => `${location} ${rule}`));

  test('that names no profile names that of PDex 2.2, without a version, as the guide asks', () => {
    expect(all.length).toBeGreaterThan(4);
    for (const authorization of all) {
      expect(findingsIn(authorization)).toEqual([]);
      const { meta: _meta, ...unnamed } = authorization;
      expect(profiles.judge(unnamed as Resource).fitting).toEqual([
        'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-priorauthorization',
      ]);
    }
  });

  test.each<[string, string, (entry: Entry, all: Entry[]) => void, string]>([
    ['allowed units without a number', 'allowedunits', (entry) => delete entry.value, 'value minimum'],
    ['used units without a number', 'consumedunits', (entry) => delete entry.value, 'value minimum'],
    ['a denial without its reason', 'denialreason', (entry) => delete entry.reason, 'reason minimum'],
    ['an amount that is missing', 'submitted', (entry) => delete entry.amount, 'amount minimum'],
    ['allowed units twice', 'allowedunits', (entry, others) => others.push(entry), 'allowedunits maximum'],
    [
      'a category that nobody knows',
      'consumedunits',
      (entry) => (entry.category.coding = [{ code: 'mutant' }]),
      'category binding',
    ],
  ])('has a finding for %s', (_, code, fault, expected) => {
    const found = findingsIn(broken(code, fault));
    expect(found.map((each) => each.split(/[.:]/).at(-1))).toContain(expected);
  });
});

if (!hasPackages) console.warn('skipped: there is no ../shared/data with packages beside the repository');

/** Faults of the examples themselves: National Provider Identifiers that do not have ten digits. */
const KNOWN_FAULTS: Record<string, string> = { 'pdex-2.0.0': 'us-core-16' };

/** As a plan loads them from a folder of its own, and not as they ship. */
(hasPackages ? describe : describe.skip)('the guides’ own packages', () => {
  // There are several versions of these packages. The examples were made for these versions.
  const packages = [
    'carin4bb-200',
    'hl7.fhir.us.core-6.1.0',
    'hl7.fhir.us.davinci-hrex-1.0.0',
    'hl7.fhir.us.davinci-pdex-2.0.0',
    'hl7.fhir.us.insurance-card-1.1.0',
  ];
  let names: string[];
  let profiles: ProfileValidator;
  beforeAll(async () => {
    const chosen = await mkdtemp(join(folder, 'guides-'));
    for (const name of packages)
      await copyFile(join(DATA, 'igs', `${name}.tgz`), join(chosen, `${name}.tgz`));
    ({ names, profiles } = await loadPackages(chosen));
  });

  const examples = async (folder: string) =>
    (await listFiles([join(DATA, folder)])).files.flatMap(({ path }) =>
      exampleEntries(readFileSync(path, 'utf8')),
    );

  test.each(['us-core-6.1.0', 'carin-bb-2.0.0', 'pdex-2.0.0'])(
    'find nothing in the examples of %s',
    async (folder) => {
      const claiming = (await examples(folder)).filter(({ meta }) => meta?.['profile'] !== undefined);
      const checked = claiming.flatMap((resource) => profiles.validate(resource));
      expect(names).toHaveLength(packages.length);
      expect(checked.length).toBeGreaterThan(10);
      const found = checked.flatMap(({ findings }) => findings.map(({ expected }) => expected));
      expect(found.filter((expected) => expected !== KNOWN_FAULTS[folder])).toEqual([]);
    },
  );

  test('find nothing in the insurance cards of the preview', () => {
    const card = 'http://hl7.org/fhir/us/insurance-card/';
    const results = [...population({ tenant: 'northwind', members: 12, seed: 1 })]
      .filter(({ meta }) => JSON.stringify(meta).includes(card))
      .flatMap((resource) => profiles.validate(resource as unknown as Resource))
      .filter(({ profile }) => profile.startsWith(card));
    expect(results.length).toBeGreaterThan(12);
    expect(results.flatMap(({ findings }) => findings)).toEqual([]);
  });

  test('report missing, surplus and wrong elements of an example', async () => {
    const [claim] = (await examples('carin-bb-2.0.0')).filter(({ id }) => id === 'EOBInpatient1');
    if (!claim) throw new Error('no such example');
    const {
      supportingInfo,
      identifier: _identifier,
      ...rest
    } = claim as Resource & { supportingInfo: object[] };
    const [first] = supportingInfo;
    const broken = {
      ...rest,
      use: 'predetermination',
      supportingInfo: [...supportingInfo, first],
      insurer: undefined,
    };
    const [checked] = profiles.validate(broken as Resource) ?? [];
    expect(checked?.findings.map(({ location, rule }) => `${location} ${rule}`)).toEqual(
      expect.arrayContaining(['ExplanationOfBenefit.identifier minimum', 'ExplanationOfBenefit.use pattern']),
    );
    expect(checked?.findings.some(({ rule }) => rule === 'maximum')).toBe(true);
  });
});
