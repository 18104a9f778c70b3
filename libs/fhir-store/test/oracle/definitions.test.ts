/**
 * Tests every search parameter of every type, with cases made from the definitions: a match, a near miss, another
 * member's value, bad input.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Definition,
  definitions,
  namesMember,
  type Resource,
  type SearchKind,
  type SearchParameter,
} from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { base, startWorld, type World } from '../world.ts';
import { inProcess, type SearchInProcess } from './in-process.ts';
import { anchor, bare, place } from './place.ts';

interface Sample {
  /** the value in the resource */
  value: (whose: string, parameter: SearchParameter) => unknown;
  /** the value in the search */
  text: (whose: string, parameter: SearchParameter) => string;
  nearMisses: (parameter: SearchParameter) => string[];
  bad: string[];
}

/** Numbers for the members that differ by one, so that a careless comparison would find both. */
const NUMBERS: Record<string, number> = { anna: 7, ben: 8 };
const target = ({ targets = [] }: SearchParameter) => targets[0] ?? 'Claim';

const SAMPLES: Record<SearchKind, Sample> = {
  token: {
    value: (whose) => ({ coding: [{ system: 'urn:s', code: `Code-${whose}` }] }),
    text: (whose) => `urn:s|Code-${whose}`,
    nearMisses: () => ['urn:s|code-anna', 'urn:s|Code-ann', 'urn:S|Code-anna', '|Code-anna', 'Code-anna|'],
    bad: ['|', 'a,', 'a\\'],
  },
  date: {
    value: (whose) => `2026-03-0${NUMBERS[whose]}`,
    text: (whose) => `2026-03-0${NUMBERS[whose]}`,
    nearMisses: () => ['2026-03-06', '2026-03-07T00:00:00', 'gt2026-03-07', 'lt2026-03-07', 'ne2026-03-07'],
    bad: ['2026-13-01', 'ge', 'today', '1e999'],
  },
  reference: {
    value: (whose, parameter) => ({ reference: `${target(parameter)}/to-${whose}` }),
    text: (whose, parameter) => `${target(parameter)}/to-${whose}`,
    nearMisses: (parameter) => [
      `${target(parameter)}/To-anna`,
      // An id without a type stands for the types that the parameter may refer to.
      parameter.targets ? 'to-ann' : 'Claim/to-ann',
      'https://other.example/to-anna',
    ],
    bad: ['a b', 'A/b/c/d', '/x'],
  },
  string: {
    value: (whose) => `Zoë ${whose}`,
    text: (whose) => `zoe ${whose}`,
    nearMisses: () => ['oë anna', 'Zoë annas', 'Zoë%anna', 'Zo_'],
    bad: ['\u0301', ','],
  },
  uri: {
    value: (whose) => `urn:x:${whose}`,
    text: (whose) => `urn:x:${whose}`,
    nearMisses: () => ['urn:x:ann', 'URN:x:anna', 'urn:x:anna|1'],
    bad: ['a,'],
  },
  quantity: {
    value: (whose) => ({ value: NUMBERS[whose], system: 'urn:u', code: 'mg', unit: 'milligram' }),
    text: (whose) => `${NUMBERS[whose]}|urn:u|mg`,
    nearMisses: () => ['7.1', '7|urn:u|MG', '7||g', 'gt7', 'lt7', 'ne7'],
    bad: ['x', '7|urn:u', '1e999'],
  },
  number: {
    value: (whose) => NUMBERS[whose],
    text: (whose) => String(NUMBERS[whose]),
    nearMisses: () => ['7.1', 'gt7', 'lt7', 'ne7'],
    bad: ['x', '7||mg', '1e999'],
  },
};

/**
 * The elements by which a resource belongs to a member cannot refer to just anything (test/provenance; the trail of
 * audit-service).
 */
const isElementOfMember = (definition: Definition, parameter: SearchParameter) =>
  definition.membership.by !== 'none' &&
  definition.membership.path === parameter.path &&
  !namesMember(definition, parameter);

/** What is found by the identifier that a reference has. */
const BY_IDENTIFIER: Sample = {
  value: (whose) => ({ identifier: { system: 'urn:s', value: `Code-${whose}` } }),
  text: SAMPLES.token.text,
  nearMisses: SAMPLES.token.nearMisses,
  bad: SAMPLES.token.bad,
};
const sampleOf = ({ byIdentifier, kind }: SearchParameter): Sample =>
  byIdentifier ? BY_IDENTIFIER : SAMPLES[kind];

const rows = [...definitions].flatMap(([type, definition]) =>
  definition.interactions.includes('search-type')
    ? Object.entries(definition.search)
        .filter(([, parameter]) => !isElementOfMember(definition, parameter))
        .map(([name, parameter]) => ({ type, name, parameter, definition }))
    : [],
);
const isMembership = ({ parameter, definition }: (typeof rows)[number]) => namesMember(definition, parameter);
/**
 * A resource for each parameter, so that parameters do not disturb each other. There is only one Patient for a
 * member.
 */
const idOf = ({ type, name }: (typeof rows)[number], whose: string) =>
  type === 'Patient' ? whose : `${name}-${whose}`;

/** References that may have an identifier alone, with a resource for each that has. */
const references = rows.filter(
  (row) =>
    row.parameter.kind === 'reference' &&
    !row.parameter.isCanonical &&
    row.type !== 'Patient' &&
    !isMembership(row),
);
const identifiedBy = ({ name }: (typeof rows)[number], whose: string) => `${name}-identified-${whose}`;

function madeFor(whose: string): Resource[] {
  const made = new Map<string, Resource>();
  for (const row of rows) {
    const id = idOf(row, whose);
    const resource = made.get(`${row.type}/${id}`) ?? bare(row.type, row.definition, id, whose);
    if (!isMembership(row))
      place(resource, row.parameter, sampleOf(row.parameter).value(whose, row.parameter));
    made.set(`${row.type}/${id}`, resource);
  }
  const identified = references.map((row) => {
    const resource = bare(row.type, row.definition, identifiedBy(row, whose), whose);
    place(resource, row.parameter, BY_IDENTIFIER.value(whose, row.parameter));
    return resource;
  });
  return [...made.values(), ...identified];
}

/** Types that no wildcard covers. */
const named = [...definitions].flatMap(([type, { namedOnly }]) => (namedOnly ? type : []));

describe('a search parameter, tested by its definition', () => {
  let world: World;
  let search: SearchInProcess;
  let stop: () => Promise<void>;
  let claims: TokenClaims;

  beforeAll(async () => {
    world = await startWorld();
    ({ search, stop } = await inProcess(world, new URL(base('')).origin));
    for (const [tenant, whose] of [
      ['north', 'anna'],
      ['north', 'ben'],
    ] as const)
      await world.store(tenant, anchor(`anchor-${whose}`, whose), ...madeFor(whose));
    claims = world.issuer.claims('north', 'anna', {
      scope: ['*', ...named].map((type) => `patient/${type}.rs`).join(' '),
    });
  }, 120_000);
  afterAll(async () => {
    await stop?.();
    await world?.stop();
  });

  const ask = async (type: string, name: string, value: string) => {
    const { status, ids } = await search(
      claims,
      type,
      `_count=100&${new URLSearchParams({ [name]: value })}`,
    );
    return { value, status, ids };
  };

  describe.each(rows.filter((row) => !isMembership(row)))('$type?$name', (row) => {
    const { type, parameter, definition } = row;
    const { text, nearMisses, bad } = sampleOf(parameter);
    const name = parameter.byIdentifier ? `${row.name}:identifier` : row.name;
    const mine = idOf(row, 'anna');

    it('finds a match', async () => {
      const value = text('anna', parameter);
      const { status, ids } = await ask(type, name, value);
      expect([status, ids.includes(mine)]).toEqual([200, true]);
      expect(await ask(type, `${row.name}:missing`, 'true')).toMatchObject({ status: 200 });
      expect((await ask(type, `${row.name}:missing`, 'true')).ids).not.toContain(mine);
      expect((await ask(type, `${row.name}:missing`, 'false')).ids).toContain(mine);
    });

    it('does not find near misses', async () => {
      for (const value of nearMisses(parameter)) {
        const found = await ask(type, name, value);
        expect([value, found.status, found.ids.includes(mine)]).toEqual([value, 200, false]);
      }
    });

    it('A1: finds nothing of another member by that member’s value', async () => {
      const { status, ids } = await ask(type, name, text('ben', parameter));
      const plans = definition.membership.by === 'none';
      expect([status, ids.some((id) => id.endsWith('ben'))]).toEqual([200, plans]);
    });

    it('F45: refuses bad input', async () => {
      for (const value of bad) expect(await ask(type, name, value)).toEqual({ value, status: 400, ids: [] });
    });
  });

  it.each(references)('$type?$name finds a reference that has an identifier alone', async (row) => {
    const { type, name, parameter } = row;
    const mine = identifiedBy(row, 'anna');
    const identifier = BY_IDENTIFIER.text('anna', parameter);
    expect((await ask(type, `${name}:identifier`, identifier)).ids).toContain(mine);
    expect((await ask(type, `${name}:missing`, 'false')).ids).toContain(mine);
    const without = await ask(type, `${name}:missing`, 'true');
    expect([without.status, without.ids.includes(mine)]).toEqual([200, false]);
  });

  describe.each(rows.filter(isMembership))('F04: $type?$name', ({ type, name }) => {
    it('finds the member’s own resources and refuses every other member', async () => {
      const own = await ask(type, name, 'Patient/anna');
      expect([own.status, own.ids.length > 0, own.ids.some((id) => id.endsWith('ben'))]).toEqual([
        200,
        true,
        false,
      ]);
      for (const value of ['ben', 'Patient/ben', `${base('north')}/Patient/ben`, 'anna,ben', 'urn:uuid:x'])
        expect(await ask(type, name, value)).toEqual({ value, status: 403, ids: [] });
      expect((await ask(type, `${name}:identifier`, 'x')).status).toBe(403);
      expect((await ask(type, `${name}:missing`, 'true')).ids).toEqual([]);
      expect((await ask(type, `${name}:missing`, 'false')).ids).toEqual(own.ids);
    });
  });
});
