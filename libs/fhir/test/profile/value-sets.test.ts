/** What a value set has: included, filtered and excluded codes, of systems that packages list and of others. */
import { describe, expect, test } from '@jest/globals';
import type { ValueSet } from '../../src/profile/definitions.ts';
import { isIn, ValueSets } from '../../src/profile/value-sets.ts';
import { CATEGORY } from './world.ts';

describe('a value set', () => {
  const SET = 'http://ig.example/ValueSet/tried';
  const OTHER = 'http://ig.example/ValueSet/other';
  const UNKNOWN = 'http://unknown.example';
  const concept = (...codes: string[]) => codes.map((code) => ({ code }));
  const of = (compose: object, other: object = { include: [{ system: CATEGORY, concept: concept('a') }] }) =>
    new ValueSets(
      [
        { resourceType: 'ValueSet', url: SET, compose } as ValueSet,
        { resourceType: 'ValueSet', url: OTHER, compose: other } as ValueSet,
      ],
      [{ resourceType: 'CodeSystem', url: CATEGORY, content: 'complete', concept: concept('a', 'b', 'c') }],
    ).expand(SET);
  const codings = [
    { system: CATEGORY, code: 'a' },
    { system: CATEGORY, code: 'b' },
    { system: CATEGORY, code: 'z' },
    { system: UNKNOWN, code: 'x' },
    { system: UNKNOWN, code: 'y' },
  ];
  const filter = [{ property: 'concept', op: 'is-a', value: 'a' }];
  const all = { include: [{ system: CATEGORY }, { system: UNKNOWN }] };
  const excluding = (...exclude: object[]) => ({ ...all, exclude });
  const withoutX = { include: [{ system: UNKNOWN }], exclude: [{ system: UNKNOWN, concept: concept('x') }] };
  test.each<[string, object, string, string[], object?]>([
    ['has what is included', all, 'a b x y', []],
    ['has what a filter may mean', { include: [{ system: CATEGORY, filter }] }, 'a b', [CATEGORY]],
    ['has no code that is excluded', excluding({ system: CATEGORY, concept: concept('a') }), 'b x y', []],
    [
      'has no code that is excluded from a system that nobody lists',
      excluding({ system: UNKNOWN, concept: concept('x') }),
      'a b y',
      [],
    ],
    ['has nothing of an excluded system', excluding({ system: UNKNOWN }), 'a b', []],
    ['has nothing of an excluded value set', excluding({ valueSet: [OTHER] }), 'b x y', []],
    ['keeps what a filter excludes', excluding({ system: CATEGORY, filter }), 'a b x y', [CATEGORY]],
    [
      'keeps what an unknown value set excludes',
      excluding({ valueSet: ['urn:no'] }),
      'a b x y',
      [CATEGORY, UNKNOWN],
    ],
    [
      'has the part of another that is of a system',
      { include: [{ system: CATEGORY, valueSet: [OTHER] }] },
      'a',
      [],
    ],
    [
      'has at most what is in one of several',
      { include: [{ valueSet: [OTHER, 'urn:no'] }] },
      'a',
      [CATEGORY],
    ],
    ['lacks what another lacks', { include: [{ valueSet: [OTHER] }] }, 'y', [], withoutX],
    [
      'has what another lacks of a system that is included too',
      { include: [{ valueSet: [OTHER] }, { system: UNKNOWN }] },
      'x y',
      [],
      withoutX,
    ],
    [
      'has what another lacks of a system that was included before',
      { include: [{ system: UNKNOWN }, { valueSet: [OTHER] }] },
      'x y',
      [],
      withoutX,
    ],
    [
      'has a code that another lacks and that is included by itself',
      { include: [{ valueSet: [OTHER] }, { system: UNKNOWN, concept: concept('x') }] },
      'x y',
      [],
      withoutX,
    ],
    [
      'has nothing of a system of an excluded value set',
      excluding({ valueSet: [OTHER] }),
      'a b',
      [],
      { include: [{ system: UNKNOWN }] },
    ],
    ['has what an excluded value set lacks', excluding({ valueSet: [OTHER] }), 'a b x', [], withoutX],
    [
      'has nothing of a listed system of an excluded value set',
      excluding({ valueSet: [OTHER] }),
      'x y',
      [],
      { include: [{ system: CATEGORY }] },
    ],
    [
      'has nothing of an excluded value set that is of another system than is meant',
      excluding({ system: CATEGORY, valueSet: [OTHER] }),
      'a b x y',
      [],
      withoutX,
    ],
  ])('%s', (_, compose, expected, filtered, ...[other]) => {
    const found = of(compose, other);
    expect(found && codings.filter((each) => isIn(found, each)).map(({ code }) => code)).toEqual(
      expected.split(' '),
    );
    expect([...(found?.filtered ?? [])]).toEqual(filtered);
  });

  test('is unknown if it includes one that is', () => {
    expect(of({ include: [{ system: CATEGORY }, { valueSet: ['urn:no'] }] })).toBeUndefined();
  });
});
