import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../src/definitions.ts';
import { systemOfCodes } from '../../src/profile/system-of-codes.ts';
import { PREFIXES } from '../../src/search-values.ts';
import { resourceShape } from '../../src/structure/shape.ts';
import { NOW_MS, SEARCH_BASE, refusal, search } from './world.ts';

const matches = (type: string, parameter: string) => search(type, parameter).clauses[0]?.matches;

describe('a token', () => {
  it.each([
    ['code=8867-4', { kind: 'token', code: '8867-4' }],
    ['code=http://loinc.org|8867-4', { kind: 'token', system: 'http://loinc.org', code: '8867-4' }],
    ['code=|8867-4', { kind: 'token', system: '', code: '8867-4' }],
    ['code=http://loinc.org|', { kind: 'token', system: 'http://loinc.org' }],
    ['code=a\\|b', { kind: 'token', code: 'a|b' }],
    ['code=a\\,b', { kind: 'token', code: 'a,b' }],
    ['code=a\\$b\\\\c', { kind: 'token', code: 'a$b\\c' }],
    ['code=s\\\\|c', { kind: 'token', system: 's\\', code: 'c' }],
    ['code=a|b|c', { kind: 'token', system: 'a', code: 'b|c' }],
    ['code=constructor', { kind: 'token', code: 'constructor' }],
  ])('%s', (parameter, match) => {
    expect(matches('Observation', parameter)).toEqual([match]);
  });

  it('has alternatives, joined by commas that are not escaped', () => {
    expect(matches('Observation', 'code=a,b\\,c,|d')).toEqual([
      { kind: 'token', code: 'a' },
      { kind: 'token', code: 'b,c' },
      { kind: 'token', system: '', code: 'd' },
    ]);
  });
});

describe('a token of an element that has a code alone', () => {
  const FINAL = 'http://hl7.org/fhir/observation-status';

  it.each([
    ['Observation', `status=${FINAL}|final`, { system: '', code: 'final' }],
    ['Observation', `status=${FINAL}|`, { system: '' }],
    ['Observation', 'status=|final', { system: '', code: 'final' }],
    ['Observation', 'status=final', { code: 'final' }],
    ['Observation', 'status=http://x.example|final', { system: 'http://x.example', code: 'final' }],
    ['Immunization', 'status=http://hl7.org/fhir/event-status|completed', { system: '', code: 'completed' }],
    // This element has a system of its own.
    ['Observation', `code=${FINAL}|final`, { system: FINAL, code: 'final' }],
    ['Observation', `_tag=${FINAL}|final`, { system: FINAL, code: 'final' }],
  ])('in %s?%s has the system of its value set, which is not in the resource', (type, parameter, match) => {
    expect(matches(type, parameter)).toEqual([{ kind: 'token', ...match }]);
  });

  it('has one system, whichever parameter compares it', () => {
    const codes = [...definitions].flatMap(([type, { search: parameters }]) =>
      Object.values(parameters)
        .filter(({ path }) => resourceShape(type)?.elements.get(path)?.type === 'code')
        .map(({ path }) => [type, path, systemOfCodes(type, path)]),
    );
    expect(codes.length).toBeGreaterThan(50);
    expect(codes.filter(([, , system]) => system === undefined)).toEqual([]);
  });
});

describe('a date', () => {
  it.each(PREFIXES.filter((prefix) => prefix !== 'ap'))('may start with %s', (prefix) => {
    const [match] = matches('Observation', `date=${prefix}2026-02`) ?? [];
    expect(match).toEqual({
      kind: 'date',
      prefix,
      low: '2026-02-01T00:00:00.000Z',
      high: '2026-03-01T00:00:00.000Z',
    });
  });

  it('without a prefix means eq', () => {
    expect(matches('Observation', 'date=2026')).toMatchObject([{ prefix: 'eq' }]);
  });
});

describe('a reference', () => {
  it.each([
    'encounter=7',
    'encounter=Encounter/7',
    'encounter=Encounter/7/_history/2',
    'encounter:Encounter=7',
    'encounter:Encounter=Encounter/7',
    `encounter:Encounter=${SEARCH_BASE}/Encounter/7`,
    `encounter=${SEARCH_BASE}/Encounter/7`,
    `encounter=${SEARCH_BASE}/Encounter/7/_history/2`,
  ])('%s is local, and matches however a resource writes it', (parameter) => {
    const values = ['Encounter/7', `${SEARCH_BASE}/Encounter/7`];
    expect(matches('Condition', parameter)).toEqual([{ kind: 'reference', values }]);
  });

  it.each(['https://other.example/fhir/Encounter/7', 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'])(
    '%s is of another server',
    (value) => {
      expect(matches('Condition', `encounter=${value}`)).toEqual([{ kind: 'reference', values: [value] }]);
    },
  );

  it('given by id alone matches every type to which the parameter may refer', () => {
    const types = ['Practitioner', 'PractitionerRole', 'Organization'];
    expect(matches('ExplanationOfBenefit', 'provider=7')).toMatchObject([
      { values: [...types.map((type) => `${type}/7`), ...types.map((type) => `${SEARCH_BASE}/${type}/7`)] },
    ]);
  });

  it('to a canonical may name its version', () => {
    expect(matches('QuestionnaireResponse', 'questionnaire=http://x.example/q|1.0')).toEqual([
      { kind: 'reference', values: ['http://x.example/q'], version: '1.0' },
    ]);
    expect(matches('Observation', '_profile=http://x.example/p')).toEqual([
      { kind: 'reference', values: ['http://x.example/p'] },
    ]);
  });

  it.each([
    'questionnaire=Questionnaire/7|1.0',
    'questionnaire=7|1.0',
    'questionnaire:Questionnaire=7|1.0',
    `questionnaire=${SEARCH_BASE}/Questionnaire/7|1.0`,
  ])('to a canonical at this server may name its version: %s', (parameter) => {
    const values = ['Questionnaire/7', `${SEARCH_BASE}/Questionnaire/7`];
    expect(matches('QuestionnaireResponse', parameter)).toEqual([
      { kind: 'reference', values, version: '1.0' },
    ]);
    expect(matches('QuestionnaireResponse', parameter.replace('|1.0', ''))).toEqual([
      { kind: 'reference', values },
    ]);
  });

  it('can be searched for by its identifier', () => {
    expect(search('Condition', 'encounter:identifier=s|7').clauses).toEqual([
      { parameter: 'encounter:identifier', matches: [{ kind: 'token', system: 's', code: '7' }] },
    ]);
  });
});

describe('a string', () => {
  it.each([
    ['family=García', { kind: 'string', value: 'garcia', mode: 'starts' }],
    ['family=ÅNGSTRÖM', { kind: 'string', value: 'angstrom', mode: 'starts' }],
    ['family= garcía  lópez ', { kind: 'string', value: 'garcia lopez', mode: 'starts' }],
    ['family=ﬁ', { kind: 'string', value: 'fi', mode: 'starts' }],
    ['family:contains=o\\,b', { kind: 'string', value: 'o,b', mode: 'contains' }],
    ['family:exact=O\\,Brién', { kind: 'string', value: 'O,Brién', mode: 'equals' }],
    ['family=100%_', { kind: 'string', value: '100%_', mode: 'starts' }],
  ])('%s', (parameter, match) => {
    expect(matches('Patient', parameter)).toEqual([match]);
  });
});

describe('a number', () => {
  it.each([
    ['5.4', { prefix: 'eq', number: '5.4', half: '5e-2' }],
    ['100', { prefix: 'eq', number: '100', half: '5e-1' }],
    ['100.00', { prefix: 'eq', number: '100.00', half: '5e-3' }],
    ['1e2', { prefix: 'eq', number: '1e2', half: '5e1' }],
    ['-1.50E-3', { prefix: 'eq', number: '-1.50E-3', half: '5e-6' }],
    ['ge5', { prefix: 'ge', number: '5', half: '5e-1' }],
    ['lt5.4|http://unitsofmeasure.org|mg', { prefix: 'lt', system: 'http://unitsofmeasure.org', code: 'mg' }],
    ['5.4||mg', { prefix: 'eq', number: '5.4', half: '5e-2', code: 'mg' }],
    // Some clients write both bars, whatever they say of the unit.
    ['5.4||', { prefix: 'eq', number: '5.4', half: '5e-2' }],
    ['gt5|s|', { prefix: 'gt', number: '5', half: '5e-1', system: 's' }],
    // As a client reads it in a resource. The index has 30 digits behind the point.
    [`24.${'3'.repeat(32)}`, { prefix: 'eq', number: `24.${'3'.repeat(30)}`, half: '5e-31' }],
    [`ge-2.${'3'.repeat(33)}e-2|s|`, { prefix: 'ge', number: `-2.${'3'.repeat(30)}e-2`, half: '5e-33' }],
  ])('%s', (value, match) => {
    expect(matches('Observation', `value-quantity=${value}`)).toMatchObject([{ kind: 'number', ...match }]);
  });
});

describe('an identifier', () => {
  it('can be searched for together with its type', () => {
    expect(search('Patient', 'identifier:of-type=http://t|MR|1|2').clauses).toEqual([
      {
        parameter: 'identifier:of-type',
        matches: [{ kind: 'token', system: 'http://t', code: '["MR","1|2"]' }],
      },
    ]);
  });
});

describe('a negated clause', () => {
  it.each([
    ['code:not=a,b', { parameter: 'code', negated: true, matches: [{ code: 'a' }, { code: 'b' }] }],
    ['_id:not=a,b', { parameter: '_id', negated: true, matches: [{ value: 'a' }, { value: 'b' }] }],
    ['code:missing=true', { parameter: 'code', negated: true, matches: [] }],
    ['date:missing=false', { parameter: 'date', matches: [] }],
    ['patient:missing=true', { parameter: '_id', negated: true, matches: [] }],
    ['_lastUpdated:missing=true', { parameter: '_id', negated: true, matches: [] }],
  ])('%s', (parameter, clause) => {
    expect(search('Observation', parameter)).toMatchObject({ clauses: [clause], members: [] });
  });

  it.each([
    ['AuditEvent', 'entity', { parameter: 'entity', orParameter: 'entity:identifier' }],
    ['AuditEvent', 'source', { parameter: 'source:identifier' }],
    ['Condition', 'encounter', { parameter: 'encounter', orParameter: 'encounter:identifier' }],
  ])('%s?%s:missing looks for references and for identifiers', (type, name, looked) => {
    const { clauses } = search(type, `${name}:missing=true`);
    expect(clauses).toEqual([{ ...looked, negated: true, matches: [] }]);
  });
});

describe('a chain', () => {
  it.each(['practitioner.name=x', 'practitioner:Practitioner.name=x', 'practitioner.name:contains=x'])(
    '%s',
    (parameter) => {
      expect(search('PractitionerRole', parameter).clauses).toMatchObject([
        { parameter: 'practitioner', target: { type: 'Practitioner', clause: { parameter: 'name' } } },
      ]);
    },
  );

  it.each([
    'practitioner.constructor=x',
    'practitioner._id=x',
    'practitioner:Patient.name=x',
    'practitioner.name.family=x',
    'organization.name=x',
    'practitioner.name:above=x',
    'constructor.name=x',
  ])('%s is refused', (parameter) => {
    expect(refusal('PractitionerRole', parameter)).toMatch(/^400 not-supported/);
  });
});

describe('a date with ap', () => {
  it('reaches a tenth of the time between that date and now, in both directions', () => {
    const [match] = matches('Observation', 'date=ap2000-01-01') as unknown as [{ low: string; high: string }];
    const tenth = (NOW_MS - Date.UTC(2000, 0, 2)) / 10;
    expect(Date.UTC(2000, 0, 1) - Date.parse(match.low)).toBe(tenth);
    expect(Date.parse(match.high) - Date.UTC(2000, 0, 2)).toBe(tenth);
    expect(matches('Observation', 'date=ap9998')).toMatchObject([{ high: '9999-12-31T23:59:59.999Z' }]);
  });
});

describe('a malformed value', () => {
  it.each([
    ['Observation', 'value-quantity=1e999'],
    ['Observation', 'value-quantity=NaN'],
    ['Observation', 'value-quantity=5|s'],
    ['Observation', 'value-quantity=5|s|c|d'],
    ['Observation', 'value-quantity=0x10'],
    ['RiskAssessment', 'probability=0.5||%'],
    ['RiskAssessment', 'probability=0.5||'],
    ['Observation', 'code='],
    ['Observation', 'code=|'],
    ['Observation', 'code=a,'],
    ['Observation', 'code=,'],
    ['Observation', 'code=a,,b'],
    ['Observation', 'code=\\'],
    ['Observation', 'code=a\\'],
    ['Observation', 'code=a\u0000b'],
    ['Observation', 'code=a\nb'],
    ['Observation', 'date=eq'],
    ['Observation', 'date=ge2020-13-45'],
    ['Observation', 'date=1e999'],
    ['Observation', 'date=ge ge2020'],
    ['Observation', 'date=EQ2020'],
    ['Condition', 'encounter=Encounter/7/8'],
    ['Condition', 'encounter=/7'],
    ['Condition', 'encounter=Encounter/'],
    ['Condition', 'encounter=Encounter/..'],
    ['Condition', 'encounter=a b'],
    ['Condition', 'encounter=Encounter/7|1.0'],
    ['QuestionnaireResponse', 'questionnaire=Questionnaire/7/8|1.0'],
    ['Patient', 'family=\u0301'],
    ['Patient', `family=${'a'.repeat(1_025)}`],
    ['Observation', `code=${Array.from({ length: 101 }, () => 'a').join(',')}`],
  ])('in %s?%s is answered with a 400 that names the parameter', (type, parameter) => {
    expect(refusal(type, parameter)).toBe(`400 invalid ${parameter.split('=')[0]}`);
  });
});
