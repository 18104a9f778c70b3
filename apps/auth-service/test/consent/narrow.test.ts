import { describe, expect, it } from '@jest/globals';
import { definitions } from '@patient-access/fhir';
import { KINDS, TYPES, WILDCARD_KINDS } from '../../src/consent/kinds.ts';
import { askedFor, narrowScope } from '../../src/consent/narrow.ts';
import { acceptScope, needsMember } from '../../src/oidc/scopes.ts';

const ids = (scope: string) => askedFor(scope).kinds.map(({ id }) => id);
const all = new Set(KINDS.map(({ id }) => id));

describe('kinds of data', () => {
  it('name every type once', () => {
    expect(new Set(TYPES).size).toBe(TYPES.length);
    expect(TYPES.length).toBe(KINDS.flatMap(({ types }) => types).length);
    expect([...TYPES].sort()).toEqual([...definitions.keys()].sort());
  });
});

describe('accepted scopes', () => {
  it.each([
    ['patient/*.read', 'patient/*.read'],
    ['patient/*.*', 'patient/*.read'],
    ['patient/Observation.cruds', 'patient/Observation.rs'],
    ['patient/Observation.r patient/Observation.s', 'patient/Observation.r patient/Observation.s'],
    ['patient/Observation.rs?category=a.*', 'patient/Observation.rs?category=a.*'],
    ['openid cheese online_access launch patient/Coverage.rs', 'openid launch patient/Coverage.rs'],
    ['user/Practitioner.read system/Patient.rs patient/Goal.write', 'user/Practitioner.read'],
    ['openid patient/Coverage.rs patient/Coverage.rs', 'openid patient/Coverage.rs'],
  ])('%s becomes %s', (asked, accepted) => {
    expect(acceptScope(asked).join(' ')).toBe(accepted);
  });

  it.each(['', 'cheese', 'patient/Coverage.cud', 'patient/Nothing.rs', 'system/*.rs'])(
    'nothing is left of "%s"',
    (s) => {
      expect(() => acceptScope(s)).toThrow('invalid_scope');
    },
  );

  it.each(['.sr', '.rrs', '.x', '.', '.rs?', '.rs?a', '.rs?=b'])(
    'patient/Observation%s is malformed',
    (suffix) => {
      expect(() => acceptScope(`openid patient/Observation${suffix}`)).toThrow('invalid_scope');
    },
  );

  it('are accepted as they are when they come again', () => {
    const once = acceptScope('openid patient/*.cruds user/Coverage.* patient/Goal.rs?a=b|c').join(' ');
    expect(acceptScope(once).join(' ')).toBe(once);
  });

  it('say whether a member has to be clear', () => {
    expect(needsMember('openid fhirUser')).toBe(false);
    expect(needsMember('openid launch/patient')).toBe(true);
    expect(needsMember('patient/Coverage.rs')).toBe(true);
  });
});

describe('narrowing', () => {
  it('shows what is asked for', () => {
    expect(ids('patient/Coverage.rs patient/Observation.rs')).toEqual(['coverage', 'results']);
    expect(ids('patient/*.rs')).toEqual(WILDCARD_KINDS.map(({ id }) => id));
    expect(ids('patient/*.rs')).not.toContain('access');
    expect(ids('patient/*.rs patient/AuditEvent.rs')).toEqual([...all]);
    const [results] = askedFor('patient/Observation.rs?category=http://x|laboratory').kinds;
    expect(results?.restrictions).toEqual(['category is laboratory']);
    const [open] = askedFor('patient/Observation.rs?category=x|lab patient/Observation.rs').kinds;
    expect(open?.restrictions).toEqual([]);
  });

  it('takes away exactly what was unticked', () => {
    const scope =
      'openid offline_access patient/Coverage.rs patient/Observation.rs?category=lab user/Patient.read';
    expect(narrowScope(scope, new Set(['coverage', 'contact']))).toBe(
      'openid offline_access patient/Coverage.rs user/Patient.read',
    );
    expect(narrowScope(scope, all)).toBe(scope);
  });

  it('keeps a wildcard only when all is kept, and names types otherwise', () => {
    expect(narrowScope('patient/*.read', all)).toBe('patient/*.read');
    expect(narrowScope('patient/*.read', new Set(['allergies', 'vaccines']))).toBe(
      'patient/AllergyIntolerance.read patient/Immunization.read patient/ImmunizationEvaluation.read ' +
        'patient/ImmunizationRecommendation.read',
    );
    expect(narrowScope('patient/*.rs?_security=N', new Set(['allergies']))).toBe(
      'patient/AllergyIntolerance.rs?_security=N',
    );
  });

  it('never grants a type of an unticked kind, whatever was asked for', () => {
    for (const { id, types } of KINDS) {
      const kept = new Set([...all].filter((other) => other !== id));
      const asked = `patient/*.rs user/*.read ${types.map((type) => `patient/${type}.r`).join(' ')}`;
      const granted = narrowScope(asked, kept).split(' ');
      for (const type of types) expect(granted.filter((text) => text.includes(`/${type}.`))).toEqual([]);
      const wildcards = granted.filter((text) => text.includes('*'));
      expect(wildcards.length > 0).toBe(!WILDCARD_KINDS.some((kind) => kind.id === id));
    }
  });
});
