import { describe, expect, it } from '@jest/globals';
import {
  covers,
  decide,
  formatScope,
  parseResourceScope,
  resourceScopes,
  splitScope,
  type TokenClaims,
  mergeScopes,
} from '@patient-access/smart';
import { tries } from '@patient-access/testing';
import { kindOf, KINDS } from '../../src/domain/consent/kinds.ts';
import { requestedAccess, narrowScope } from '../../src/domain/consent/requested-access.ts';
import { narrowerScope } from '../../src/domain/scopes/narrower-scope.ts';
import { acceptScope, ScopeError } from '../../src/domain/scopes/scopes.ts';
import {
  allows,
  isServed,
  understand,
  readAll,
  type Reading,
  type Thing,
  THINGS,
  type Understood,
} from './evaluator.ts';
import { brokenList, forSeeds, resourceScope, scopeList, times } from './random.ts';

const READING = ['r', 's'];
const MEMBER = ['patient', 'user'];
const namedOnly = (type: string) => type === 'AuditEvent';
const identity = (scope: string) =>
  splitScope(scope).filter((text) => !/^(patient|user|system)\//.test(text));

/** @returns the result, or undefined for invalid_scope. Any other error fails the test */
function orInvalid<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ScopeError) return undefined;
    throw error;
  }
}

/** Everything that can be read or found in the small world: letter, type and attributes. */
function visible(
  scopes: readonly Understood[],
  contexts = MEMBER,
  things: readonly Thing[] = THINGS,
): string[] {
  return things.flatMap((thing) =>
    READING.filter((letter) => isServed(letter, thing.type) && allows(scopes, letter, thing, contexts)).map(
      (letter) => `${letter} ${thing.type} ${thing.attributes.join('&')}`,
    ),
  );
}

describe('many random scopes', () => {
  it('S03: F44: are parsed as the grammar says', () => {
    const found = { good: 0, bad: 0 };
    forSeeds(tries(400, 2_000), (chance) => {
      const texts = brokenList(chance).split(' ');
      const parsed = texts.map((text) => parseResourceScope(text));
      const understood = parsed.map(
        (scope): Reading =>
          scope && {
            context: scope.context,
            type: scope.type,
            letters: [...scope.permissions].join(''),
            version: scope.version,
            conditions: scope.filters.map((filter) => filter.join('=')),
          },
      );
      const readings = texts
        .map(understand)
        .map((reading) => (reading === 'malformed' ? undefined : reading));
      expect([texts, understood]).toEqual([texts, readings]);
      const written = parsed.flatMap((scope) => (scope ? [formatScope(scope)] : []));
      expect(written).toEqual(texts.filter((_, index) => parsed[index]));
      found.good += written.length;
      found.bad += texts.length - written.length;
    });
    expect(Math.min(found.good, found.bad)).toBeGreaterThan(tries(200, 1_000));
  });

  it('SMART 57, 60, 64: lead to decisions by their meaning', () => {
    const LETTER = { read: 'r', vread: 'r', 'history-instance': 'r', 'search-type': 's' } as const;
    forSeeds(tries(400, 2_000), (chance) => {
      const scope = scopeList(chance);
      const caller = { client_id: 'app', sub: 'login', patient: 'A' };
      const claims = { ...caller, tenant: 'north', scope } as TokenClaims;
      const interaction = chance.pick(Object.keys(LETTER) as (keyof typeof LETTER)[]);
      const shown = THINGS.map(({ type, attributes }) => {
        const reach = { namedOnly: namedOnly(type), isReferenceData: false, forAuditors: false };
        const request = { interaction, type, ...reach, tenant: 'north' };
        const decision = decide(claims, request);
        const meets = (filters: readonly (readonly string[])[]) =>
          filters.every((filter) => attributes.includes(filter.join('=')));
        return decision.allowed && decision.granularFilters.some(meets);
      });
      const meant = THINGS.map((thing) => allows(readAll(scope), LETTER[interaction], thing, MEMBER));
      expect([scope, interaction, shown]).toEqual([scope, interaction, meant]);
    });
  });

  it('SMART 59: have the same meaning in their shortest form', () => {
    const meaning = (scopes: readonly Understood[]) =>
      ['patient', 'user', 'system'].flatMap((context) =>
        [...'cruds'].map((letter) => THINGS.map((thing) => allows(scopes, letter, thing, [context]))),
      );
    forSeeds(tries(200, 1_000), (chance) => {
      const scope = times(6, () => resourceScope(chance)).join(' ');
      const shortest = mergeScopes(resourceScopes(scope)).map(formatScope).join(' ');
      expect([scope, meaning(readAll(shortest))]).toEqual([scope, meaning(readAll(scope))]);
      expect(mergeScopes(resourceScopes(shortest)).map(formatScope).join(' ')).toBe(shortest);
      expect(shortest.length).toBeLessThanOrEqual(scope.length);
    });
  });

  it('SMART 76: cover another scope exactly if they show all that it shows, including later types', () => {
    let covered = 0;
    forSeeds(tries(1_200, 6_000), (chance) => {
      const granted = times(4, () => resourceScope(chance)).join(' ');
      const text = resourceScope(chance);
      const asked = readAll(text)[0] as Understood;
      // A resource that meets exactly the requested conditions, of a type that only a wildcard covers.
      const thing = { type: asked.type === '*' ? 'Invented' : asked.type, attributes: asked.conditions };
      const expected = [...asked.letters].every((letter) =>
        allows(readAll(granted), letter, thing, [asked.context]),
      );
      const [scope] = resourceScopes(text);
      expect([granted, text, scope && covers(resourceScopes(granted), scope, namedOnly)]).toEqual([
        granted,
        text,
        expected,
      ]);
      covered += Number(expected);
    });
    expect(covered).toBeGreaterThan(tries(40, 200));
  });

  it('SMART 35, 56, 58: are accepted for exactly what is served, in the form of the request', () => {
    let accepted = 0;
    forSeeds(tries(400, 2_000), (chance) => {
      const asked = scopeList(chance);
      const given = orInvalid(() => acceptScope(asked));
      if (given === undefined) return expect([asked, visible(readAll(asked))]).toEqual([asked, []]);
      accepted += 1;
      expect([asked, visible(readAll(given))]).toEqual([asked, visible(readAll(asked))]);
      expect(acceptScope(given)).toBe(given);
      const words = (scope: string, version: number) =>
        new Set(
          readAll(scope)
            .filter((one) => one.version === version)
            .map(({ type }) => type),
        );
      for (const version of [1, 2])
        for (const type of words(given, version)) expect(words(asked, version)).toContain(type);
      for (const text of identity(given)) expect(splitScope(asked)).toContain(text);
      expect(
        readAll(given)
          .flatMap(({ letters }) => [...letters])
          .sort()
          .join(''),
      ).toMatch(/^r*s*$/);
    });
    expect(accepted).toBeGreaterThan(tries(200, 1_000));
  });

  it('S03: end with invalid_scope when they are damaged, or mean what is left', () => {
    forSeeds(tries(400, 2_000), (chance) => {
      const asked = brokenList(chance);
      const given = orInvalid(() => acceptScope(asked));
      const readings = splitScope(asked).map(understand);
      if (readings.includes('malformed')) expect([asked, given]).toEqual([asked, undefined]);
      if (given !== undefined)
        expect([asked, visible(readAll(given))]).toEqual([
          asked,
          visible(readAll(splitScope(asked).join(' '))),
        ]);
      orInvalid(() => requestedAccess(asked));
      orInvalid(() => narrowScope(asked, new Set(['results'])));
      orInvalid(() => narrowerScope('patient/*.rs', asked));
    });
  });

  it('SMART 35: S08: are narrowed by exactly what was unchecked', () => {
    forSeeds(tries(200, 1_000), (chance) => {
      const asked = orInvalid(() => acceptScope(scopeList(chance)));
      if (asked === undefined) return;
      const kept = new Set<string>(KINDS.filter(() => chance.below(3) > 0).map(({ id }) => id));
      const granted = narrowScope(asked, kept);
      const things = THINGS.filter(({ type }) => kept.has(kindOf(type)?.id ?? ''));
      for (const context of MEMBER)
        expect([asked, [...kept], visible(readAll(granted), [context])]).toEqual([
          asked,
          [...kept],
          visible(readAll(asked), [context], things),
        ]);
      expect(identity(granted)).toEqual(identity(asked));
      if (readAll(asked).every(({ version }) => version === 1))
        expect(readAll(granted).every(({ version }) => version === 1)).toBe(true);
      expect(narrowScope(granted, kept)).toBe(granted);
    });
  });

  it('SMART 75, 76: S09: never become wider by a refresh', () => {
    let narrower = 0;
    forSeeds(tries(400, 2_000), (chance) => {
      const granted = orInvalid(() => acceptScope(scopeList(chance)));
      if (granted === undefined) return;
      const asked = [chance.pick(granted.split(' ')), resourceScope(chance)].slice(chance.below(2)).join(' ');
      const given = orInvalid(() => narrowerScope(granted, asked));
      if (given === undefined) return;
      narrower += 1;
      for (const context of MEMBER) {
        const before = new Set(visible(readAll(granted), [context]));
        const after = visible(readAll(given), [context]);
        expect([granted, asked, after.filter((seen) => !before.has(seen))]).toEqual([granted, asked, []]);
        expect([granted, asked, after]).toEqual([granted, asked, visible(readAll(asked), [context])]);
      }
      for (const text of identity(given)) expect(identity(granted)).toContain(text);
    });
    expect(narrower).toBeGreaterThan(tries(10, 50));
  });
});

describe('64 KiB of text as a scope', () => {
  const SIZE = 65_536;

  it.each([
    'a',
    ' ',
    'a ',
    'patient/',
    '/',
    '.',
    '?',
    '&a=b',
    '%',
    '%2C',
    '=',
    'rs',
    '*',
    'patient/*.rs ',
    'patient/Observation.rs?status=a ',
    'patient/*.rs?_id=a ',
    'patient/Observation.rs?status=a&',
    'openid ',
    'http://smarthealthit.org/fhir/scopes/',
    'user/A.cruds ',
    'patient/Observation.rs?status=a,',
    '\\,',
    '|',
  ])('F44: that repeats %j is answered at once', (piece) => {
    const repeated = piece.repeat(SIZE / piece.length);
    let number = 0;
    const different = repeated.replaceAll(/(?<=[a=]) /g, () => `${(number += 1)} `);
    for (const list of [
      repeated,
      different,
      `patient/Observation.rs?status=${repeated}`,
      `patient/${repeated}.rs`,
    ]) {
      const start = performance.now();
      orInvalid(() => acceptScope(list));
      orInvalid(() => narrowerScope('patient/*.rs', list));
      resourceScopes(list);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });
});
