import { describe, expect, it } from '@jest/globals';
import { definitions } from '@patient-access/fhir';
import { KINDS } from '../../src/domain/consent/kinds.ts';
import { requestedAccess, narrowScope } from '../../src/domain/consent/requested-access.ts';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { partText } from '../../src/web/pages/restriction-text.ts';

const ids = (scope: string) => requestedAccess(scope).kinds.map(({ id }) => id);
const all = new Set(KINDS.map(({ id }) => id));
const wildcardKinds = KINDS.filter(({ id }) => id !== 'access');

describe('the kinds of data', () => {
  it('contain every type once', () => {
    const types = KINDS.flatMap((kind) => kind.types);
    expect([...types].sort()).toEqual([...definitions.keys()].sort());
  });
});

describe('the words for what a plan knows of a person', () => {
  it.each([
    ['en', [/sex and gender/, /race and ethnicity/, /language/, /marital status/]],
    ['es', [/sexo y género/, /raza y origen étnico/, /idioma/, /estado civil/]],
  ] as const)('name what US Core has in Patient and is no address (%s)', (language, names) => {
    const { consent, apps } = TEXTS[language];
    const said = [consent.kindTexts.contact.explanation, consent.fhirUserParts.self, apps.fhirUserParts.self];
    for (const name of names) expect(said).toEqual(said.map(() => expect.stringMatching(name)));
  });
});

describe('the words for a part of a kind', () => {
  const said = (scope: string, language: 'en' | 'es' = 'en') =>
    requestedAccess(scope).kinds.flatMap(({ restrictions }) =>
      restrictions.map((restriction) => partText(TEXTS[language].consent, restriction)),
    );

  it('are those of the page for usual values, and else what the app wrote', () => {
    expect(said('patient/Observation.rs?category=http://x|laboratory')).toEqual(['Only a part: lab results']);
    expect(said('patient/Observation.rs?category=http://x|constructor')).toEqual([
      'Only a part: type “constructor”',
    ]);
    expect(said('patient/Observation.rs?code=toString&date=ge2026')).toEqual([
      'Only a part: code “toString” and date from 2026 on',
    ]);
  });

  it('say in words how dates are compared', () => {
    const scope = 'patient/ExplanationOfBenefit.rs?service-date=ge2020-01-01&service-date=lt2021';
    expect(said(scope)).toEqual([
      'Only a part: date of service from 2020-01-01 on and date of service before 2021',
    ]);
    expect(said(scope, 'es')).toEqual([
      'Solo una parte: fecha del servicio desde 2020-01-01 y fecha del servicio antes de 2021',
    ]);
    expect(said('patient/Observation.rs?_lastUpdated=gt2026-01-31T08:00:00Z')).toEqual([
      'Only a part: last change after 2026-01-31T08:00:00Z',
    ]);
    expect(said('patient/Observation.rs?date=2026')).toEqual(['Only a part: date “2026”']);
    expect(said('patient/Observation.rs?code=ge12')).toEqual(['Only a part: code “ge12”']);
  });
});

describe('narrowing a scope', () => {
  it('lists the kinds that the app asks for', () => {
    expect(ids('patient/Coverage.rs patient/Observation.rs')).toEqual(['coverage', 'results']);
    expect(ids('patient/*.rs')).toEqual(wildcardKinds.map(({ id }) => id));
    expect(ids('patient/*.rs')).not.toContain('access');
    expect(ids('patient/*.rs patient/AuditEvent.rs')).toEqual([...all]);
    const [results] = requestedAccess('patient/Observation.rs?category=http://x|laboratory').kinds;
    expect(results?.restrictions).toEqual([[['category', 'http://x|laboratory']]]);
    const [open] = requestedAccess('patient/Observation.rs?category=x|lab patient/Observation.rs').kinds;
    expect(open?.restrictions).toEqual([]);
  });

  it('removes exactly the unchecked kinds', () => {
    const scope =
      'openid offline_access patient/Coverage.rs patient/Observation.rs?category=lab user/Patient.read';
    expect(narrowScope(scope, new Set(['coverage', 'contact']))).toBe(
      'openid offline_access patient/Coverage.rs user/Patient.read',
    );
    expect(narrowScope(scope, all)).toBe(scope);
  });

  it('keeps a wildcard only if all kinds stay checked, and names types otherwise', () => {
    expect(narrowScope('patient/*.read', all)).toBe('patient/*.read');
    expect(narrowScope('patient/*.read', new Set(['allergies', 'vaccines']))).toBe(
      'patient/AllergyIntolerance.read patient/Immunization.read patient/ImmunizationEvaluation.read ' +
        'patient/ImmunizationRecommendation.read',
    );
    expect(narrowScope('patient/*.rs?_lastUpdated=ge2026', new Set(['allergies']))).toBe(
      'patient/AllergyIntolerance.rs?_lastUpdated=ge2026',
    );
  });

  it('gives a wildcard with parameters the types that have the parameters', () => {
    const scope = 'patient/*.rs?onset-date=ge2020';
    expect(ids(scope)).toEqual(['conditions']);
    expect(requestedAccess(scope).everything).toBe(false);
    expect(narrowScope(scope, new Set(['conditions']))).toBe(scope);
    expect(narrowScope(`${scope} patient/Goal.rs`, new Set(['plans']))).toBe('patient/Goal.rs');
    const dated = 'patient/*.r?date=ge2020';
    expect(ids(dated)).toEqual(expect.arrayContaining(['results', 'visits', 'vaccines']));
    expect(ids(dated)).not.toContain('coverage');
    expect(narrowScope(dated, new Set(['vaccines']))).toBe(
      'patient/Immunization.r?date=ge2020 patient/ImmunizationRecommendation.r?date=ge2020',
    );
  });

  it('names the served interactions of a type, and nothing of other types', () => {
    const documents = narrowScope('patient/*.rs', new Set(['documents'])).split(' ');
    expect(documents).toContain('patient/Binary.r');
    expect(documents).toContain('patient/Provenance.rs');
    const providers = narrowScope('patient/*.rs', new Set(['providers']));
    expect(providers).not.toContain('VerificationResult');
    expect(narrowScope('patient/*.read', new Set(['documents'])).split(' ')).toContain('patient/Binary.read');
  });

  it('never grants a type of an unchecked kind', () => {
    for (const { id, types } of KINDS) {
      const kept = new Set([...all].filter((other) => other !== id));
      const asked = `patient/*.rs user/*.read ${types.map((type) => `patient/${type}.r`).join(' ')}`;
      const granted = narrowScope(asked, kept).split(' ');
      for (const type of types) expect(granted.filter((text) => text.includes(`/${type}.`))).toEqual([]);
      const wildcards = granted.filter((text) => text.includes('*'));
      expect(wildcards.length > 0).toBe(!wildcardKinds.some((kind) => kind.id === id));
    }
  });
});
