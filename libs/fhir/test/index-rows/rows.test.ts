import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../src/definitions.ts';
import { fold, indexRows } from '../../src/index-rows.ts';
import { parseResource, type Resource } from '../../src/resource.ts';

function rowsOf(resource: Resource, parameter: string) {
  const definition = definitions.get(resource.resourceType);
  if (!definition) throw new Error('no such type');
  return indexRows(definition, resource, 'north').filter((row) => row.parameter === parameter);
}

const values = (resource: Resource, parameter: string) =>
  rowsOf(resource, parameter).map(({ system, value }) => (system ? `${system}|${value}` : value));

const observation = (content: object): Resource => ({ resourceType: 'Observation', id: 'o', ...content });
const patient = (content: object): Resource => ({ resourceType: 'Patient', id: 'p', ...content });
const condition = (content: object): Resource => ({ resourceType: 'Condition', id: 'c', ...content });

describe('index rows', () => {
  it('of a concept are its distinct codings', () => {
    const code = {
      coding: [{ system: 's', code: 'a' }, { code: 'b' }, { system: 's', code: 'a' }, { display: 'c' }],
    };
    expect(values(observation({ code }), 'code')).toEqual(['s|a', 'b']);
  });

  it('of codes, booleans and identifiers are tokens', () => {
    expect(values(observation({ status: 'final' }), 'status')).toEqual(['final']);
    expect(
      values(patient({ identifier: [{ system: 's', value: '1' }, { system: 's' }] }), 'identifier'),
    ).toEqual(['s|1', 's|']);
  });

  it('of dates and periods are spans', () => {
    const spans = (content: object) =>
      rowsOf(observation(content), 'date').map(({ low, high }) => [low, high]);
    expect(spans({ effectiveDateTime: '2026-03' })).toEqual([
      ['2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
    ]);
    expect(spans({ effectivePeriod: { start: '2026-01-01' } })).toEqual([['2026-01-01T00:00:00.000Z', null]]);
    expect(spans({ effectiveDateTime: 'last week' })).toEqual([]);
    expect(spans({ effectiveTiming: { repeat: {} } })).toEqual([]);
    const event = ['2026-03-02', '2026-03-01T10:00Z'];
    const within = ['2026-03-01T10:00:00.000Z', '2026-03-03T00:00:00.000Z'];
    expect(spans({ effectiveTiming: { event } })).toEqual([within]);
    expect(spans({ effectiveTiming: { event, repeat: { boundsPeriod: { start: '2026-03-02' } } } })).toEqual([
      [within[0], null],
    ]);
  });

  it('of a token that is combined with a date contain the date', () => {
    const code = { coding: [{ code: 'a' }, { code: 'b' }] };
    const spans = (content: object) =>
      rowsOf(observation({ code, ...content }), 'code').map(({ value, low, high }) => [value, low, high]);
    const day = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'];
    expect(spans({ effectiveDateTime: '2026-03-01' })).toEqual([
      ['a', ...day],
      ['b', ...day],
    ]);
    expect(spans({})).toEqual([
      ['a', null, null],
      ['b', null, null],
    ]);
    expect(rowsOf(observation({ status: 'final', effectiveDateTime: '2026' }), 'status')).toMatchObject([
      { low: null },
    ]);
  });

  it('of references contain type and id without the version, and of absolute references the whole URL', () => {
    const encounter = (reference: string) => values(condition({ encounter: { reference } }), 'encounter');
    expect(encounter('Encounter/7/_history/2')).toEqual(['Encounter/7']);
    expect(encounter('https://other.example/Encounter/7')).toEqual(['https://other.example/Encounter/7']);
    expect(values(condition({ encounter: { display: 'x' } }), 'encounter')).toEqual([]);
  });

  it('of the URL of a resource itself have its version, as canonicals that name it', () => {
    const questionnaire = (content: object) =>
      values({ resourceType: 'Questionnaire', id: 'q', ...content }, 'url');
    expect(questionnaire({ url: 'http://x.example/q', version: '2.0' })).toEqual(['2.0|http://x.example/q']);
    expect(questionnaire({ url: 'http://x.example/q' })).toEqual(['http://x.example/q']);
    expect(questionnaire({ version: '2.0' })).toEqual([]);
  });

  it('of names are their folded texts', () => {
    const name = [
      {
        use: 'official',
        id: 'n1',
        family: 'Muñoz',
        given: ['Zoë'],
        period: { start: '2020' },
        extension: [{ url: 'http://plan.example/hidden', valueString: 'Secret' }],
        _family: { extension: [{ url: 'http://plan.example/hidden' }] },
      },
    ];
    expect(values(patient({ name }), 'name')).toEqual(['munoz', 'zoe']);
  });

  it('are not made for the member, who is a column', () => {
    const subject = { reference: 'Patient/p' };
    expect(rowsOf(observation({ subject }), 'patient')).toEqual([]);
    expect(rowsOf(observation({ subject }), 'subject')).toEqual([]);
    const coverage = { resourceType: 'Coverage', id: 'c', beneficiary: subject, subscriber: subject };
    expect(rowsOf(coverage, 'beneficiary')).toEqual([]);
    expect(values(coverage, 'subscriber')).toEqual(['Patient/p']);
  });

  it('are cut at a maximum length', () => {
    const [row] = rowsOf(observation({ status: 'x'.repeat(5_000) }), 'status');
    expect(row?.value).toHaveLength(512);
  });

  it.each([null, 7, [], [[]], {}, '', [null], { coding: 7 }, { coding: [null] }, { reference: 7 }])(
    'of malformed values (%j) are empty or harmless',
    (nonsense) => {
      for (const [type, definition] of definitions) {
        const elements = Object.values(definition.search).map(({ path }) => path.split(/[.|[]/)[0] ?? '');
        const resource = {
          resourceType: type,
          id: 'x',
          ...Object.fromEntries(elements.map((name) => [name, nonsense])),
        };
        for (const row of indexRows(definition, resource, 'north')) expect(typeof row.value).toBe('string');
      }
    },
  );
});

describe('index rows of modifiers', () => {
  it('contain the original text, the type of an identifier, or the identifier of a reference', () => {
    const type = { coding: [{ system: 't', code: 'MR' }] };
    const someone = patient({ name: [{ family: 'Muñoz' }], identifier: [{ type, system: 's', value: '1' }] });
    expect(values(someone, 'family:exact')).toEqual(['Muñoz']);
    expect(values(someone, 'identifier')).toEqual(['s|1']);
    expect(values(someone, 'identifier:of-type')).toEqual(['t|["MR","1"]']);
    const encounter = { identifier: { system: 's', value: '7', type } };
    expect(values(condition({ encounter }), 'encounter:identifier')).toEqual(['s|7']);
    expect(values(condition({ encounter }), 'encounter')).toEqual([]);
  });
});

describe('index rows of numbers', () => {
  const MEAN = `24.${'3'.repeat(30)}`;
  const LONG_MEAN = `${MEAN}33`;

  it.each([
    [{ value: 5.4, unit: 'mg', system: 's', code: 'mg' }, ['s|mg [5.4,5.4]']],
    [{ value: 5, unit: 'Milligramm', system: 's', code: 'mg' }, ['s|mg [5,5]', '|Milligramm [5,5]']],
    [{ value: 5, unit: 'mg' }, ['|mg [5,5]']],
    [{ value: 5 }, ['| [5,5]']],
    [{ value: 5, comparator: '<' }, ['| (,5)']],
    [{ value: 5, comparator: '>=' }, ['| [5,)']],
    [{ value: 5, comparator: 'constructor' }, ['| [5,5]']],
    [{ value: '5' }, []],
    [{ value: 1e99 }, ['| [1e+99,1e+99]']],
    [{ value: 1e300 }, []],
    [{ unit: 'mg' }, []],
    // A mean that was computed with 34 digits, as parseResource reads it.
    [parseResource(`{"value": ${LONG_MEAN}}`) as object, [`| [${MEAN},${MEAN}]`]],
    [parseResource(`{"value": -${LONG_MEAN}e-2}`) as object, [`| [-${MEAN}e-2,-${MEAN}e-2]`]],
    [parseResource(`{"value": ${'9'.repeat(31)}}`) as object, []],
  ])('%j', (valueQuantity, expected) => {
    const rows = rowsOf(observation({ valueQuantity }), 'value-quantity');
    expect(rows.map(({ system, value, number }) => `${system}|${value} ${number}`)).toEqual(expected);
  });
});

describe('folding', () => {
  it.each([
    ['GARCÍA', 'garcia'],
    ['Ｆｕｌｌ', 'full'],
    ['İzmir', 'izmir'],
    ['Nguyễn', 'nguyen'],
    [' Ana\t  María\u00a0', 'ana maria'],
  ])('%s', (text, folded) => {
    expect(fold(text)).toBe(folded);
    expect(fold(folded)).toBe(folded);
  });
});
