import type { Definition } from '../definition.ts';
import { type ToldCoverage, coverageSentences } from '../narrative/written/coverage.ts';
import {
  carin,
  date,
  inPatientCompartment,
  cardProfile,
  referenceData,
  reference,
  string,
  viaReference,
  token,
  usCore,
} from './row.ts';

const inCompartment = inPatientCompartment('coverage-service');
const planData = referenceData('coverage-service');

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
        consentor: reference('performer', 'Organization', 'Patient', 'Practitioner', 'RelatedPerson'),
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
    search: { status: token('status') },
  }),
  EnrollmentRequest: inCompartment('candidate', {
    consentKind: 'coverage',
    search: { subject: reference('candidate', 'Patient') },
  }),
  EnrollmentResponse: viaReference('coverage-service')('request', { consentKind: 'coverage' }),
  Contract: inCompartment('subject', { consentKind: 'coverage' }),
  Group: inCompartment('member.entity', { consentKind: 'programs' }),
  Basic: inCompartment('subject', { consentKind: 'documents', search: { code: token('code') } }),
  Organization: planData({
    consentKind: 'providers',
    profiles: [usCore('organization'), carin('Organization'), cardProfile('Organization')],
    search: {
      address: string('address'),
      identifier: token('identifier'),
      name: string('name|alias'),
      type: token('type'),
    },
  }),
  OrganizationAffiliation: planData({
    consentKind: 'providers',
    search: {
      'participating-organization': reference('participatingOrganization', 'Organization'),
      'primary-organization': reference('organization', 'Organization'),
    },
  }),
  InsurancePlan: planData({
    consentKind: 'coverage',
    search: { identifier: token('identifier'), name: string('name|alias'), status: token('status') },
  }),
  MedicationKnowledge: planData({
    consentKind: 'medicines',
    search: { code: token('code'), status: token('status') },
  }),
};
