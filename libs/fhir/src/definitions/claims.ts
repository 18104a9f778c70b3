import {
  carin,
  date,
  type Definition,
  ofMember,
  ofPlan,
  pdex,
  reference,
  throughTarget,
  token,
} from '../definition.ts';

const member = ofMember('claims-service');

/** What was billed, adjudicated and paid, and what was authorized beforehand. */
export const claimsDefinitions: Record<string, Definition> = {
  ExplanationOfBenefit: member('patient', {
    profiles: [
      carin('ExplanationOfBenefit'),
      carin('ExplanationOfBenefit-Inpatient-Institutional'),
      carin('ExplanationOfBenefit-Outpatient-Institutional'),
      carin('ExplanationOfBenefit-Oral'),
      carin('ExplanationOfBenefit-Pharmacy'),
      carin('ExplanationOfBenefit-Professional-NonClinician'),
      pdex('priorauthorization'),
    ],
    search: {
      'billable-period-start': date('billablePeriod.start'),
      'care-team': reference('careTeam.provider', 'Practitioner', 'PractitionerRole', 'Organization'),
      coverage: reference('insurance.coverage', 'Coverage'),
      created: date('created'),
      identifier: token('identifier'),
      insurer: reference('insurer', 'Organization'),
      payee: reference('payee.party', 'Patient', 'Practitioner', 'Organization', 'RelatedPerson'),
      provider: reference('provider', 'Practitioner', 'PractitionerRole', 'Organization'),
      'service-date': date('billablePeriod|item.serviced[x]'),
      'service-start-date': date('billablePeriod.start|item.servicedDate|item.servicedPeriod.start'),
      status: token('status'),
      type: token('type'),
      use: token('use'),
    },
  }),
  Claim: member('patient', {
    search: {
      created: date('created'),
      identifier: token('identifier'),
      status: token('status'),
      use: token('use'),
    },
  }),
  ClaimResponse: member('patient', {
    search: {
      created: date('created'),
      identifier: token('identifier'),
      status: token('status'),
      use: token('use'),
    },
  }),
  Account: member('subject', { search: { status: token('status') } }),
  ChargeItem: member('subject', { search: { code: token('code') } }),
  Invoice: member('subject', { search: { date: date('date'), status: token('status') } }),
  PaymentNotice: throughTarget('claims-service')('request', { search: { request: reference('request') } }),
  // One that pays for claims of several members belongs to none of them and is not stored.
  PaymentReconciliation: throughTarget('claims-service')('detail.request', {
    search: { created: date('created'), status: token('status') },
  }),
  ChargeItemDefinition: ofPlan('claims-service')(),
};
