import { describe, expect, it } from '@jest/globals';
import { OperationError } from '../../src/outcome.ts';
import { refusal, search, strictSearch } from './world.ts';

describe('a parameter', () => {
  it('given twice has to match twice', () => {
    expect(search('Observation', 'date=ge2026', 'date=lt2027').clauses).toHaveLength(2);
  });

  it('that is unknown is left out, is missing from the self link, and is reported', () => {
    const { clauses, used, leftOut } = search('Observation', 'patietn=A', 'code=x');
    expect(clauses.map((clause) => clause.parameter)).toEqual(['code']);
    expect(used).toEqual([['code', 'x']]);
    expect(leftOut).toEqual(['patietn']);
  });

  it('that is unknown is an error when the client asks for strict handling', () => {
    expect(() => strictSearch('Observation', 'patietn=A')).toThrow(OperationError);
    expect(() => strictSearch('Observation', 'code=A', '_count=1', 'patient=A')).not.toThrow();
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'named %s is unknown and does not reach an inherited property',
    (name) => {
      expect(search('Observation', `${name}=x`).clauses).toEqual([]);
      expect(refusal('Observation', `${name}:contains=x`)).toMatch(/^400 not-supported/);
    },
  );

  it.each([
    '__proto__=x',
    '_filter=x',
    '_query=x',
    '_content=x',
    '_text=x',
    '_list=x',
    '_source=x',
    '_has:Observation:patient:code=x',
    '_contained=both',
    'code:foo=x',
    'code:text=x',
    'code:in=x',
    'code:not-in=x',
    'code:above=x',
    'code:of-type=a|b|c',
    'date:not=2020',
    '_id:exact=x',
    '_profile:below=x',
    'encounter.type=x',
    'unknown:modifier=x',
  ])(
    'such as %s is refused even with lenient handling, because ignoring it would widen the result',
    (parameter) => {
      expect(refusal('Condition', parameter)).toMatch(/^400 not-supported/);
    },
  );

  it.each(['name:exactly=x', 'gender:contains=x', 'gender:constructor=x'])(
    'with the modifier of %s is refused',
    (parameter) => {
      expect(refusal('Patient', parameter)).toMatch(/^400 not-supported/);
    },
  );

  it('has one modifier at most', () => {
    expect(refusal('Patient', 'name:contains:contains=x')).toBe('400 invalid name');
  });

  it('is refused as the forty-first of a search', () => {
    const many = (count: number) => Array.from({ length: count }, () => 'code=x');
    expect(refusal('Observation', ...many(40))).toBe('accepted');
    expect(refusal('Observation', ...many(41))).toBe('400 invalid');
  });
});

describe('a list of values', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, at) => `${at}`.padStart(64, 'a')).join();

  it('has 100 of them at most, and each may be as long as an id can be', () => {
    expect(search('Observation', `_id=${ids(100)}`).clauses[0]?.matches).toHaveLength(100);
    expect(refusal('Observation', `_id=${ids(101)}`)).toBe('400 invalid _id');
    expect(refusal('Condition', `code=${ids(100)}`, `code:not=${ids(100)}`)).toBe('accepted');
  });

  it('has none of more than 1,024 characters, however many there are', () => {
    const [fits, tooLong] = ['x'.repeat(1_024), 'x'.repeat(1_025)];
    expect(refusal('Observation', `code=${fits},${fits}`)).toBe('accepted');
    for (const value of [tooLong, `a,${tooLong}`, `${'\\,'.repeat(600)}`])
      expect(refusal('Observation', `code=${value}`)).toBe('400 invalid code');
  });

  it.each(['_sort', '_elements', '_include', '_format'])('of %s has 1,024 characters in all', (name) => {
    expect(refusal('Observation', `${name}=${'date,'.repeat(300)}`)).toMatch(/^400 invalid _/);
  });
});

describe('the member', () => {
  it.each([
    ['Observation', 'patient=A', ['A']],
    ['Observation', 'patient=Patient/A', ['A']],
    ['Observation', 'patient:Patient=A', ['A']],
    ['Observation', 'patient:Patient=Patient/A', ['A']],
    ['Observation', 'patient=https://plan.example/payer/patient-access/v2/north/Patient/A', ['A']],
    ['Observation', 'patient=A,B', ['A', 'B']],
    ['Observation', 'subject=Patient/A', ['A']],
    ['Coverage', 'beneficiary=A', ['A']],
    ['ExplanationOfBenefit', 'patient=A', ['A']],
    ['Task', 'patient=A', ['A']],
  ])('is taken out of the search %s?%s, to be compared with the token', (type, parameter, members) => {
    const found = search(type, parameter);
    expect([found.members.map(({ id }) => id), found.clauses]).toEqual([members, []]);
  });

  it.each([
    'patient=https://other.example/fhir/Patient/A',
    'patient=urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    'patient=Group/A',
    'patient=patient/A',
    'patient:identifier=urn:ssn|1',
    'patient.identifier=urn:ssn|1',
    'patient:Patient.name=x',
    'subject:identifier=x',
  ])('is not the one with the id A in %s', (parameter) => {
    const { members, clauses } = search('Observation', parameter);
    expect([members.length, members.some(({ id }) => id === 'A'), clauses]).toEqual([1, false, []]);
  });

  it('is not named by a parameter that may refer to another resource', () => {
    expect(search('Coverage', 'subscriber=Patient/B')).toMatchObject({
      members: [],
      clauses: [{ parameter: 'subscriber' }],
    });
  });
});

describe('parameters about the result', () => {
  it.each([
    ['_count=10', { count: 10 }],
    ['_count=1000000', { count: 100 }],
    ['_count=0', { count: 0, total: true }],
    ['_total=accurate', { total: true }],
    ['_total=none', { total: false }],
    ['_summary=count', { count: 0, total: true }],
    ['_summary=false', { count: 50, total: false }],
    ['_sort=_lastUpdated', { sort: [{ parameter: '_lastUpdated', kind: 'date', descending: false }] }],
    ['_sort=-_lastUpdated', { sort: [{ parameter: '_lastUpdated', kind: 'date', descending: true }] }],
    ['_id=a,b', { clauses: [{ parameter: '_id', matches: [{ kind: 'id', value: 'a' }, { value: 'b' }] }] }],
    ['_lastUpdated=ge2026', { clauses: [{ parameter: '_lastUpdated', matches: [{ kind: 'date' }] }] }],
  ])('%s', (parameter, expected) => {
    expect(search('Observation', parameter)).toMatchObject(expected);
  });

  it('have the same effect in any order', () => {
    expect(search('Observation', '_summary=count', '_count=10').count).toBe(0);
    expect(search('Observation', '_count=10', '_summary=count').count).toBe(0);
  });

  it.each(['-1', 'NaN', '1e9', '1.5', ' 1', '0x10', '1'.repeat(10)])('_count=%s is refused', (value) => {
    expect(refusal('Observation', `_count=${value}`)).toBe('400 invalid _count');
  });

  it.each(['_sort=constructor', '_sort=-patient.birthdate', '_sort=patient', '_summary=all', '_total=yes'])(
    '%s is refused',
    (parameter) => {
      expect(refusal('Observation', parameter)).toMatch(/^400 not-supported _/);
    },
  );

  it.each([
    ['_summary=true', { subset: { summary: 'true' } }],
    ['_summary=text', { subset: { summary: 'text' } }],
    ['_elements=code,status', { subset: { elements: ['code', 'status'] } }],
    [
      '_sort=-date,code,_id',
      {
        sort: [
          { parameter: 'date', kind: 'date', descending: true },
          { parameter: 'code', kind: 'token', descending: false },
          { parameter: '_id', kind: 'id', descending: false },
        ],
      },
    ],
  ])('%s', (parameter, expected) => {
    expect(search('Observation', parameter)).toMatchObject(expected);
  });

  it.each([
    '_sort=date,date',
    '_sort=date,-date',
    '_sort=date,code,status,category,_id',
    '_elements=a.b',
    '_elements=,',
  ])('%s is refused', (parameter) => {
    expect(refusal('Observation', parameter)).toMatch(/^400 invalid _/);
  });

  it('_elements says how many names it takes', () => {
    const names = Array.from({ length: 51 }, (_, index) => `element${index}`);
    expect(() => search('Observation', `_elements=${names.join(',')}`)).toThrow('at most 50 names');
  });

  it('_elements and _summary exclude each other', () => {
    for (const both of [
      ['_elements=code', '_summary=true'],
      ['_summary=true', '_elements=code'],
    ])
      expect(refusal('Observation', ...both)).toBe('400 invalid _elements');
  });

  it.each([
    '_count=1',
    '_total=none',
    '_elements=code',
    '_summary=false',
    '_sort=_lastUpdated',
    '_format=json',
  ])('%s may be given only once', (parameter) => {
    expect(refusal('Observation', parameter, parameter)).toMatch(/^400 invalid _/);
  });
});
