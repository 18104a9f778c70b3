import {
  carin,
  date,
  type Definition,
  ofMember,
  ofPlan,
  reference,
  string,
  throughTarget,
  token,
  usCore,
} from '../definition.ts';

const member = ofMember('coverage-service');
const plan = ofPlan('coverage-service');

/** Who is covered by what: enrolment, relationships, organizations. */
export const coverageDefinitions: Record<string, Definition> = {
  Patient: {
    owner: 'coverage-service',
    member: { by: 'element', path: 'id' },
    profiles: [usCore('patient'), carin('Patient')],
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
        definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything|4.0.1',
        overRecord: true,
      },
    },
  },
  Coverage: member('beneficiary', {
    profiles: [usCore('coverage'), carin('Coverage')],
    search: {
      beneficiary: reference('beneficiary', 'Patient'),
      identifier: token('identifier'),
      payor: reference('payor', 'Organization', 'Patient', 'RelatedPerson'),
      status: token('status'),
      subscriber: reference('subscriber', 'Patient', 'RelatedPerson'),
      'policy-holder': reference('policyHolder', 'Organization', 'Patient', 'RelatedPerson'),
      type: token('type'),
    },
  }),
  RelatedPerson: member('patient', {
    profiles: [usCore('relatedperson'), carin('RelatedPerson')],
    search: { name: string('name'), identifier: token('identifier') },
  }),
  Person: member('link.target', { search: { identifier: token('identifier'), name: string('name') } }),
  // Says which other apps a member has connected: an app sees it if it asks for it by name.
  Consent: {
    namedOnly: true,
    ...member('patient', {
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
  CoverageEligibilityRequest: member('patient', { search: { status: token('status') } }),
  CoverageEligibilityResponse: member('patient', { search: { status: token('status') } }),
  EnrollmentRequest: member('candidate', { search: { subject: reference('candidate', 'Patient') } }),
  EnrollmentResponse: throughTarget('coverage-service')('request'),
  Contract: member('subject'),
  Group: member('member.entity'),
  Basic: member('subject', { search: { code: token('code') } }),
  Organization: plan({
    profiles: [usCore('organization'), carin('Organization')],
    search: {
      address: string('address'),
      identifier: token('identifier'),
      name: string('name|alias'),
      type: token('type'),
    },
  }),
  OrganizationAffiliation: plan({
    search: {
      'participating-organization': reference('participatingOrganization', 'Organization'),
      'primary-organization': reference('organization', 'Organization'),
    },
  }),
  InsurancePlan: plan({
    search: { identifier: token('identifier'), name: string('name|alias'), status: token('status') },
  }),
  MedicationKnowledge: plan({ search: { code: token('code'), status: token('status') } }),
};
