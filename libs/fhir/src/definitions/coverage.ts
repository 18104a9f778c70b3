import { BENEFIT_BALANCE } from './benefit-balance.ts';
import { addedBalance, ownAnswer } from '../agreement/current-balance.ts';
import { costsAgree } from '../agreement/coverage-plan.ts';
import type { Definition } from '../definition.ts';
import { type ToldCoverage, coverageSentences } from '../narrative/written/coverage.ts';
import { FORMULARY, PLAN_NET } from '../publications.ts';
import {
  carin,
  date,
  extensionPath,
  inPatientCompartment,
  cardProfile,
  organizationOf,
  placed,
  referenceData,
  reference,
  string,
  viaReference,
  token,
  usCore,
} from './row.ts';

const inCompartment = inPatientCompartment('coverage-service');
const planData = referenceData('coverage-service');
const inFormulary = (name: string, value: string) =>
  extensionPath(`${FORMULARY}/usdf-${name}-extension`, value);
const organization = organizationOf('coverage-service');
const { location, service, endpoint } = placed('coverage-service');

/** Coverage: enrolment, relationships, organizations. */
export const coverageDefinitions: Record<string, Definition> = {
  Patient: {
    consentKind: 'contact',
    owner: 'coverage-service',
    membership: { by: 'element', path: 'id' },
    profiles: [usCore('patient'), carin('Patient'), cardProfile('Patient')],
    search: {
      birthdate: date('birthDate'),
      'death-date': date('deceasedDateTime'),
      family: string('name.family'),
      gender: token('gender'),
      given: string('name.given'),
      identifier: token('identifier'),
      name: string('name'),
    },
    interactions: ['read', 'vread', 'history-instance', 'search-type'],
    operations: {
      everything: {
        definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
        overRecord: true,
      },
    },
  },
  Coverage: inCompartment('beneficiary', {
    consentKind: 'coverage',
    profiles: [usCore('coverage'), carin('Coverage'), cardProfile('Coverage')],
    agreement: { with: 'InsurancePlan', ...costsAgree },
    narrative: (resource) => coverageSentences(resource as ToldCoverage),
    search: {
      beneficiary: reference('beneficiary', 'Patient'),
      identifier: token('identifier'),
      payor: reference('payor', 'Organization', 'Patient', 'RelatedPerson'),
      // R4 has no such parameter; the CapabilityStatement of the insurance card names it.
      period: date('period'),
      status: token('status'),
      subscriber: reference('subscriber', 'Patient', 'RelatedPerson'),
      'policy-holder': reference('policyHolder', 'Organization', 'Patient', 'RelatedPerson'),
      type: token('type'),
    },
    operations: {
      'benefit-balance': {
        definition: BENEFIT_BALANCE,
        answer: {
          type: 'CoverageEligibilityResponse',
          search: [
            ['status', 'active'],
            ['_sort', '-created'],
          ],
          own: ownAnswer,
          from: 'ExplanationOfBenefit',
          compute: addedBalance,
        },
      },
    },
  }),
  RelatedPerson: inCompartment('patient', {
    consentKind: 'contact',
    profiles: [usCore('relatedperson'), carin('RelatedPerson')],
    search: { name: string('name'), identifier: token('identifier') },
  }),
  Person: inCompartment('link.target', {
    consentKind: 'contact',
    search: { identifier: token('identifier'), name: string('name') },
  }),
  // A Consent says which other apps a member has connected, so an app sees it only if its scope names the type.
  Consent: {
    namedOnly: true,
    ...inCompartment('patient', {
      consentKind: 'access',
      search: {
        category: token('category'),
        consentor: reference(
          'performer',
          'Organization',
          'Patient',
          'Practitioner',
          'PractitionerRole',
          'RelatedPerson',
        ),
        date: date('dateTime'),
        identifier: token('identifier'),
        period: date('provision.period'),
        scope: token('scope'),
        'security-label': token('provision.securityLabel'),
        status: token('status'),
      },
    }),
  },
  CoverageEligibilityRequest: inCompartment('patient', {
    consentKind: 'coverage',
    search: { status: token('status') },
  }),
  CoverageEligibilityResponse: inCompartment('patient', {
    consentKind: 'coverage',
    invariants: {
      'benefit-used-within-allowed':
        'insurance.item.benefit.all(usedMoney.empty() or allowedMoney.empty() or usedMoney.value <= allowedMoney.value)',
    },
    search: {
      created: date('created'),
      identifier: token('identifier'),
      insurer: reference('insurer', 'Organization'),
      outcome: token('outcome'),
      status: token('status'),
    },
  }),
  EnrollmentRequest: inCompartment('candidate', {
    consentKind: 'coverage',
    search: { subject: reference('candidate', 'Patient') },
  }),
  EnrollmentResponse: viaReference('coverage-service')('request', { consentKind: 'coverage' }),
  Contract: inCompartment('subject', { consentKind: 'coverage' }),
  Group: inCompartment('member.entity', { consentKind: 'programs' }),
  // A drug on a formulary is a Basic of the plan; every other Basic is a member's.
  Basic: {
    ...inCompartment('subject', {
      consentKind: 'documents',
      search: {
        code: token('code'),
        'drug-tier': token(inFormulary('DrugTierID', 'valueCodeableConcept')),
        formulary: reference(inFormulary('FormularyReference', 'valueReference'), 'InsurancePlan'),
        period: date(inFormulary('AvailabilityPeriod', 'valuePeriod')),
        'pharmacy-benefit-type': token(inFormulary('PharmacyBenefitType', 'valueCodeableConcept')),
        status: token(inFormulary('AvailabilityStatus', 'valueCode')),
        subject: { ...reference('subject', 'Patient', 'MedicationKnowledge'), namesMember: false },
      },
    }),
    membership: {
      by: 'element',
      path: 'subject',
      unless: {
        path: 'code.coding',
        system: 'http://hl7.org/fhir/us/davinci-drug-formulary/CodeSystem/usdf-InsuranceItemTypeCS',
        code: 'formulary-item',
      },
    },
  },
  Organization: planData({
    consentKind: 'providers',
    profiles: [usCore('organization'), carin('Organization'), cardProfile('Organization')],
    search: {
      address: string('address'),
      'coverage-area': reference(
        extensionPath(`${PLAN_NET}/location-reference`, 'valueReference'),
        'Location',
      ),
      endpoint: endpoint('endpoint'),
      identifier: token('identifier'),
      name: string('name|alias'),
      partof: organization('partOf'),
      type: token('type'),
    },
  }),
  OrganizationAffiliation: planData({
    consentKind: 'providers',
    search: {
      date: date('period'),
      endpoint: endpoint('endpoint'),
      location: location('location'),
      network: organization('network'),
      'participating-organization': organization('participatingOrganization'),
      'primary-organization': organization('organization'),
      role: token('code'),
      service: service('healthcareService'),
      specialty: token('specialty'),
    },
  }),
  InsurancePlan: planData({
    consentKind: 'coverage',
    search: {
      'administered-by': organization('administeredBy'),
      'coverage-area': reference('coverageArea', 'Location'),
      'coverage-type': token('coverage.type'),
      'formulary-coverage': reference(
        `coverage.${inFormulary('FormularyReference', 'valueReference')}`,
        'InsurancePlan',
      ),
      identifier: token('identifier'),
      name: string('name|alias'),
      network: organization('network'),
      'owned-by': organization('ownedBy'),
      period: date('period'),
      'plan-type': token('plan.type'),
      status: token('status'),
      type: token('type'),
    },
  }),
  MedicationKnowledge: planData({
    consentKind: 'medicines',
    search: {
      code: token('code'),
      doseform: token('doseForm'),
      'drug-name': string('code.coding.display|synonym'),
      status: token('status'),
    },
  }),
};
