/** Content is visible through every resource that points at it, and through no other. */
import { definitions, resourceShape, type Resource } from '@patient-access/fhir';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asker, asMember, base, idsOf, startWorld, type World } from '../world.ts';
import { pairOf, plain, referencePaths } from '../withholding/graph.ts';
import { document } from './world.ts';

const CONTENT = 'Binary';
const { visibleThrough: TYPES = [], owner: OWNER } = definitions.get(CONTENT) as never as {
  visibleThrough?: readonly string[];
  owner: string;
};
const ETH = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' };
const SPELLINGS = {
  relative: (id: string) => `Binary/${id}`,
  'of a version': (id: string) => `Binary/${id}/_history/1`,
  absolute: (id: string) => `${base('north')}/Binary/${id}`,
  'at a host that the plan had': (id: string) =>
    `${base('north').replace('https://plan.example', 'http://old.example:8080')}/Binary/${id}`,
};

/** Elements of a type that R4 declares as an Attachment, or that hold one. Extensions do not count. */
const attachmentPaths = (type: string) =>
  resourceShape(type)
    ? referencePaths(type).filter((path) => path.at(-1) === 'url' && path[0] !== 'extension')
    : [];

const binary = (id: string, change: object = {}): Resource => ({
  resourceType: CONTENT,
  id,
  contentType: 'text/plain',
  securityContext: { reference: 'Patient/anna' },
  data: 'eA==',
  ...change,
});

/** A resource of Anna whose attachment has this address. */
const pointing = (type: string, path: string[], id: string, address: string): Resource =>
  pairOf(type, path, {
    id,
    patient: 'anna',
    hidden: address,
    visible: 'Observation/o',
    owner: 'Patient/anna',
  }).with;

it('each type of the service with an attachment opens content', () => {
  const declared = [...definitions]
    .filter(([, { owner, membership }]) => owner === OWNER && membership.by !== 'none')
    .filter(([type]) => attachmentPaths(type).length > 0);
  expect(declared.map(([type]) => type).sort()).toEqual([...TYPES].sort());
});

describe('content of a member', () => {
  let world: World;
  let anna: Asker;
  const scoped = (scope: string) => asMember(world, 'north', 'anna', { scope });
  const kebab = (...parts: string[]) => parts.join('-').toLowerCase();

  beforeAll(async () => {
    world = await startWorld();
    for (const type of TYPES)
      for (const path of attachmentPaths(type)) {
        const id = kebab(type, ...path);
        const withheld = { ...pointing(type, path, `w-${id}`, `Binary/w-${id}`), meta: { security: [ETH] } };
        await world.store('north', pointing(type, path, id, `Binary/${id}`), withheld);
        await world.store('north', binary(id), binary(`w-${id}`));
      }
    const report = (id: string, address: string) =>
      pointing('DiagnosticReport', ['presentedForm', 'url'], id, address);
    await world.store(
      'north',
      ...Object.values(SPELLINGS).map((spell, at) => report(`s${at}`, spell(`s${at}`))),
      ...Object.values(SPELLINGS).map((spell, at) =>
        document(`d${at}`, 'anna', { content: [{ attachment: { url: spell('spelt') } }] }),
      ),
      report('other-plan', `${base('south')}/Binary/unopened`),
      // Text that looks like an address, and an element that is none.
      { ...plain('Observation', 'o', 'anna'), note: [{ text: '"url":"Binary/unopened"' }] },
    );
    await world.store('north', binary('unopened'), binary('spelt'));
    await world.store('north', ...Object.values(SPELLINGS).map((_, at) => binary(`s${at}`)));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  describe.each(TYPES)('that a %s points at', (type) => {
    it.each(attachmentPaths(type))('opens by %s %s %s %s', async (...path) => {
      const id = kebab(type, ...path.filter((part) => typeof part === 'string'));
      expect([(await anna(`Binary/${id}`)).text, (await anna(`Binary/w-${id}`)).status]).toEqual(['x', 404]);
      const released = await asMember(world, 'north', 'anna', { sensitive: [`${ETH.system}|${ETH.code}`] });
      expect((await released(`Binary/w-${id}`)).text).toBe('x');
      expect((await (await scoped(`patient/Binary.r patient/${type}.r`))(`Binary/${id}`)).status).toBe(200);
      const [other = ''] = TYPES.filter((each) => each !== type);
      expect((await (await scoped(`patient/Binary.r patient/${other}.r`))(`Binary/${id}`)).status).toBe(404);
    });
  });

  it.each(Object.keys(SPELLINGS).map((name, at) => [name, at] as const))(
    'opens by an address that is %s, and is served at the host of today',
    async (_name, at) => {
      expect((await anna(`Binary/s${at}`)).text).toBe('x');
      expect((await anna(`DiagnosticReport/s${at}`)).text).toContain(
        `"url":"${base('north')}/Binary/s${at}${at === 1 ? '/_history/1' : ''}"`,
      );
    },
  );

  it.each(Object.entries(SPELLINGS))('finds its documents by an address that is %s', async (_name, spell) => {
    const found = await anna(`DocumentReference?location=${encodeURIComponent(spell('spelt'))}`);
    expect(idsOf(found).sort()).toEqual(['d0', 'd1', 'd2', 'd3']);
  });

  it('does not open by the address at another plan, or by a text', async () => {
    expect((await anna('Binary/unopened')).status).toBe(404);
    expect((await anna('DiagnosticReport/other-plan')).text).toContain(
      `"url":"${base('south')}/Binary/unopened"`,
    );
  });

  it('says which scope opens it when the token has none of them', async () => {
    const { status, text } = await (await scoped('patient/Binary.r patient/Condition.rs'))('Binary/s0');
    expect([status, text.includes(`patient/${TYPES[0]}.r`)]).toEqual([403, true]);
  });

  it('that was stored before is found by the same values', async () => {
    const values = "parameter = ':attached' OR parameter = 'location'";
    const stored = `SELECT type, parameter, system, value, id, audience FROM search_value WHERE ${values}
                     ORDER BY type, parameter, value, id, audience`;
    const { rows: written } = await world.admin.query(stored);
    await world.admin.query("DELETE FROM search_value WHERE parameter = ':attached'");
    await world.admin.query(
      `UPDATE search_value SET value = $1 || '/Binary/spelt' WHERE parameter = 'location' AND id IN ('d1', 'd3')`,
      ['http://old.example:8080/payer/patient-access/v2/north'],
    );
    const migration = '../../prisma/migrations/20261127014500_attached_content/migration.sql';
    for (let times = 0; times < 2; times += 1)
      await world.admin.query(readFileSync(join(import.meta.dirname, migration), 'utf8'));
    expect((await world.admin.query(stored)).rows).toEqual(written);
  });
});
