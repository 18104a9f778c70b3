/** Generated resources of a few members. Each resource contains the canary of its member. */
import type { Resource } from '@patient-access/fhir';
import type { SeededRandom } from '@patient-access/testing';
import * as values from './values.ts';

type Content = Record<string, unknown>;

const coding = ({ below, pick }: SeededRandom) => ({
  ...(below(3) > 0 && { system: pick(values.SYSTEMS) }),
  code: pick(values.CODES),
});
const concept = (random: SeededRandom) => ({ coding: random.some(2, () => coding(random)), text: 'words' });

const identifier = (random: SeededRandom) => ({
  ...(random.below(2) && { system: random.pick(values.SYSTEMS) }),
  value: random.pick(values.CODES),
  ...(random.below(2) && {
    type: { coding: [{ system: random.pick(values.SYSTEMS), code: random.pick(values.TYPE_CODES) }] },
  }),
});

const period = (random: SeededRandom): Content => {
  const dates = [values.someDate(random), values.someDate(random)].sort((a, b) => a.span.low - b.span.low);
  const [start, end] = dates.map(({ text }) => text);
  return [{ start, end }, { start }, { end }][random.below(3)] as Content;
};

const timing = (random: SeededRandom): Content => ({
  event: random.some(3, () => values.someDate(random).text),
  ...(random.below(2) && { repeat: { boundsPeriod: period(random) } }),
});

const effective = (random: SeededRandom): Content =>
  [
    () => ({ effectiveDateTime: values.someDate(random).text }),
    () => ({ effectivePeriod: period(random) }),
    () => ({ effectiveTiming: timing(random) }),
    () => ({}),
  ][random.below(4)]?.() ?? {};

const quantity = (random: SeededRandom): Content => ({
  value: Number(values.someNumber(random).text),
  ...(random.below(4) === 0 && { comparator: random.pick(['<', '<=', '>', '>=']) }),
  ...(random.below(3) > 0 && { unit: random.pick(values.UNITS) }),
  ...(random.below(3) > 0 && { system: random.pick(values.SYSTEMS), code: random.pick(values.UNITS) }),
});

const referenceTo = (random: SeededRandom, types: readonly string[], base: string): Content => {
  const target = `${random.pick(types)}/${random.below(3)}`;
  const literal = [target, `${target}/_history/2`, `${base}/${target}`, `${values.OTHER_SERVER}/${target}`];
  return [
    { reference: random.pick(literal) },
    { reference: random.pick(literal) },
    { identifier: identifier(random) },
    { display: 'somebody' },
  ][random.below(4)] as Content;
};

const canonical = ({ pick, below }: SeededRandom) =>
  `${pick(values.CANONICALS)}${below(2) ? `|${pick(values.VERSIONS)}` : ''}`;

const name = (random: SeededRandom) => ({
  family: random.pick(values.NAMES),
  given: random.some(2, () => random.pick(values.NAMES)),
});

/** The elements that are particular to a type; `base` is the tenant's. */
const CONTENTS: Record<string, (random: SeededRandom, base: string) => Content> = {
  Observation: (random) => ({
    status: random.pick(['final', 'amended']),
    code: concept(random),
    category: random.some(2, () => concept(random)),
    ...effective(random),
    ...(random.below(3) && { valueQuantity: quantity(random) }),
  }),
  Condition: (random, base) => ({
    ...(random.below(2) ? { onsetPeriod: period(random) } : { onsetDateTime: values.someDate(random).text }),
    ...(random.below(3) && { encounter: referenceTo(random, ['Encounter'], base) }),
  }),
  CareTeam: (random, base) => ({
    participant: random.some(2, () => ({
      member: referenceTo(random, ['Practitioner', 'PractitionerRole', 'Organization', 'CareTeam'], base),
    })),
  }),
  QuestionnaireResponse: (random) => (random.below(4) ? { questionnaire: canonical(random) } : {}),
  RiskAssessment: (random) => ({
    prediction: random.some(2, () => ({ probabilityDecimal: Number(values.someNumber(random).text) })),
  }),
  RelatedPerson: (random) => ({
    name: random.some(2, () => name(random)),
    identifier: random.some(2, () => identifier(random)),
  }),
  Practitioner: (random) => ({ name: [name(random)], identifier: random.some(2, () => identifier(random)) }),
  PractitionerRole: (random) => ({
    practitioner: { reference: `Practitioner/${random.below(6)}` },
    specialty: [concept(random)],
  }),
};

const OF_PLAN = ['Practitioner', 'PractitionerRole'];
const MEMBER_ELEMENT: Record<string, string> = { CareTeam: 'subject', RelatedPerson: 'patient' };
export const TYPES = Object.keys(CONTENTS);

const meta = (random: SeededRandom): Content => ({
  tag: random.some(1, () => coding(random)),
  profile: random.some(2, () => canonical(random)),
});

/** @param member undefined for reference data */
export function resourcesOf(
  random: SeededRandom,
  base: string,
  each: number,
  canary: string,
  member?: string,
): Resource[] {
  const types = TYPES.filter((type) => OF_PLAN.includes(type) === (member === undefined));
  return types.flatMap((type) =>
    Array.from({ length: each }, (_, at): Resource => ({
      resourceType: type,
      id: member === undefined ? String(at) : `${member}-${at}`,
      meta: meta(random),
      language: canary,
      ...(member && { [MEMBER_ELEMENT[type] ?? 'subject']: { reference: `Patient/${member}` } }),
      ...CONTENTS[type]?.(random, base),
    })),
  );
}
