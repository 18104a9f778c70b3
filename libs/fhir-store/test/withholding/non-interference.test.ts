/**
 * Non-interference: an app sees what it would see if the withheld resources, and every reference to them, had never
 * existed (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md). The test makes two worlds from one
 * generated graph, one with the withheld resources and one without. It compares everything that an app can request.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definitions, type Resource, type SensitiveCodes, servedTypes } from '@patient-access/fhir';
import { tries } from '@patient-access/testing';
import { applySensitiveCodes, setSensitiveCodes } from '../../src/ingest.ts';
import { type Pair, pairOf, plain, referencePaths } from './graph.ts';
import { answersOf, type RecordServices, startRecordServices } from './worlds.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const [MH, SUD] = [`${ACT}|MH`, `${ACT}|SUD`];
const labelled = (...codes: string[]) => ({ security: codes.map((code) => ({ system: ACT, code })) });
const SECRET = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F10.20' }] };
const RULES = [
  { category: 'substance-use', codes: { 'http://hl7.org/fhir/sid/icd-10-cm': ['F10*'] } },
] as const;

/** One of each service, each with other labels. */
const HIDDEN = ['Coverage/w', 'Claim/w', 'Observation/w'] as const;
const VISIBLE = ['Coverage/v', 'Claim/v', 'Observation/v'] as const;
const LABELS: Record<(typeof HIDDEN)[number], string[]> = {
  'Coverage/w': ['MH'],
  'Claim/w': ['SUD'],
  'Observation/w': ['MH', 'SUD'],
};

const withoutMember = (type: string) => definitions.get(type)?.membership.by === 'none';
const TYPES = servedTypes.filter(
  (type) => !withoutMember(type) && type !== 'AuditEvent' && type !== 'Patient',
);

/** A type that belongs to another resource's member refers to this one, which is always there. */
const OWNED_BY = 'Claim/v';

interface Graph {
  hidden: Resource[];
  visible: Resource[];
  pairs: Pair[];
}

/**
 * Each run tries one element in this many. The elements that a short run leaves out are of the same kind as those that it
 * tries, in other types.
 */
const EACH = tries(5, 1);

/**
 * The first two worlds are asked everything. Of the others, each run asks one question in this many: they hold the same
 * graph, and differ in what is released and in how they came about.
 */
const ONE_IN = tries(5, 1);

/** A pair for each element of each type that can refer to something. */
function graphOf(meta: (key: (typeof HIDDEN)[number]) => Partial<Resource>): Graph {
  const made = (key: string) => plain(key.split('/')[0] ?? '', key.split('/')[1] ?? '', 'anna');
  const visible = [...VISIBLE.map(made), plain('Patient', 'anna', 'anna'), plain('Device', 'd', 'anna')];
  const hidden = HIDDEN.map((key) => ({ ...made(key), ...meta(key) }));
  const pairs = TYPES.flatMap((type, ofType) =>
    referencePaths(type)
      .filter((path, at) => !isMembership(type, path) && (ofType + at) % EACH === 0)
      .map((path, at) => {
        const which = (ofType + at) % HIDDEN.length;
        const targets = { hidden: HIDDEN[which] as string, visible: VISIBLE[which] as string };
        return pairOf(type, path, { id: `r${at}`, patient: 'anna', owner: OWNED_BY, ...targets });
      }),
  );
  return { hidden, visible, pairs };
}

function isMembership(type: string, path: readonly string[]): boolean {
  const member = definitions.get(type)?.membership;
  return member?.by === 'element' && path.join('.') === member.path;
}

const keyOf = ({ resourceType, id }: Resource) => `${resourceType}/${id}`;

describe('a withheld resource does not exist', () => {
  let services: RecordServices;
  const graph = graphOf((key) => ({ meta: labelled(...LABELS[key]) }));
  const known = [...graph.hidden, ...graph.visible, ...graph.pairs.map((pair) => pair.with)].map(keyOf);
  const keys = [...HIDDEN, ...VISIBLE];
  const withAll = [...graph.visible, ...graph.hidden, ...graph.pairs.map((pair) => pair.with)];
  const without = (...gone: string[]) => [
    ...graph.visible,
    ...graph.hidden.filter((resource) => !gone.includes(keyOf(resource))),
    ...graph.pairs.flatMap((pair) =>
      gone.some((key) => JSON.stringify(pair.with).includes(`"${key}"`)) ? (pair.without ?? []) : [pair.with],
    ),
  ];
  const asked = (tenant: string, released: string[], oneIn = ONE_IN) =>
    answersOf(services, tenant, { released, known, keys, oneIn });

  beforeAll(async () => {
    services = await startRecordServices();
    await services.store('labelled', withAll);
    await services.store('none', without(...HIDDEN));
  }, 120_000);
  afterAll(() => services?.stop());

  /** @returns the answers of the first world */
  const compare = async (tenant: string, other: string, released: string[] = [], oneIn = ONE_IN) => {
    const [one, two] = [await asked(tenant, released, oneIn), await asked(other, released, oneIn)];
    const differing = [...one].filter(
      ([question, answer]) => JSON.stringify(answer) !== JSON.stringify(two.get(question)),
    );
    // The first few differences are enough to find the cause.
    for (const [question, answer] of differing.slice(0, 3))
      expect([question, answer]).toEqual([question, two.get(question)]);
    expect(differing.map(([question]) => question)).toEqual([]);
    return one;
  };

  it('for an app to which nothing was released', async () => {
    const { size: questions } = await compare('labelled', 'none', [], 1);
    const kept = graph.pairs.filter((pair) => pair.without).length;
    console.info(
      `${TYPES.length} types, ${graph.pairs.length} reference elements, ${questions} questions; ` +
        `${graph.pairs.length - kept} of ${graph.pairs.length} resources are withheld with what they refer to`,
    );
    expect(graph.pairs.length).toBeGreaterThan(200);
    expect(questions).toBeGreaterThan(1_000);
  }, 300_000);

  it('for an app to which one of two categories was released', async () => {
    await services.store('without-sud', without('Claim/w', 'Observation/w'));
    await compare('labelled', 'without-sud', [MH]);
  }, 300_000);

  it('unless everything was released to the app, which then sees all of it', async () => {
    await services.store('all', withAll);
    const answers = await compare('labelled', 'all', [MH, SUD]);
    // A document is readable only through a resource that points at it.
    const readable = new Set(known.filter((each) => !each.startsWith('Binary/')));
    const statuses = [...answers].flatMap(([question, answer]): [string, number][] => {
      const [, key = ''] = question.split(' ');
      return readable.has(key) ? [[key, (answer as { status: number }).status]] : [];
    });
    expect(statuses.filter(([, status]) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThanOrEqual(tries(25, readable.size));
  }, 300_000);

  it('in whatever order the resources came, and when labels are added later and removed', async () => {
    const late = graphOf(() => ({}));
    const secret = late.hidden.map((resource) => ({
      ...resource,
      ...(resource.resourceType === 'Observation' && { code: SECRET }),
    }));
    const plainOnes = [...late.visible, ...secret, ...late.pairs.map((pair) => pair.with)];
    await services.store('late', plainOnes.toReversed());
    await services.store('never', plainOnes);
    const never = await compare('never', 'late');
    const apply = async (codes: SensitiveCodes) => {
      await setSensitiveCodes([...services.pools.values()], 'late', codes);
      for (const owner of services.worlds.keys())
        for await (const _ of applySensitiveCodes(services.databases(owner), 'late', codes));
    };
    await apply(RULES);
    const gone = [
      ...late.visible,
      ...secret.filter(({ resourceType }) => resourceType !== 'Observation'),
      ...late.pairs.flatMap((pair) =>
        JSON.stringify(pair.with).includes('"Observation/w"') ? (pair.without ?? []) : [pair.with],
      ),
    ];
    await services.store('gone', gone);
    await compare('late', 'gone');
    await apply([]);
    const [one, two] = [await asked('late', []), never];
    for (const [question, answer] of one)
      if (!question.includes('_history')) expect([question, answer]).toEqual([question, two.get(question)]);
  }, 600_000);
});
