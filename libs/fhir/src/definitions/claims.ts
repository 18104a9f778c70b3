import { sumDifferences } from '../agreement/balances.ts';
import type { Definition } from '../definition.ts';
import { authorizationSentences } from '../narrative/written/authorization.ts';
import type { ToldAuthorization } from '../narrative/written/review.ts';
import { type ToldClaim, claimSentences } from '../narrative/written/claim.ts';
import type { Narrator } from '../narrative/written/sentence.ts';
import {
  carin,
  date,
  inPatientCompartment,
  referenceData,
  pdex,
  reference,
  viaReference,
  token,
} from './row.ts';

const inCompartment = inPatientCompartment('claims-service');

/** A prior authorization has the type of a claim, and another use. */
const claimOrAuthorization: Narrator = (resource, options) =>
  resource['use'] === 'claim'
    ? claimSentences(resource as ToldClaim, options)
    : authorizationSentences(resource as ToldAuthorization, options);

/** Billed, adjudicated and paid claims, and prior authorizations. */
export const claimsDefinitions: Record<string, Definition> = {
  ExplanationOfBenefit: inCompartment('patient', {
    consentKind: 'claims',
    profiles: [
      carin('ExplanationOfBenefit'),
      carin('ExplanationOfBenefit-Inpatient-Institutional'),
      carin('ExplanationOfBenefit-Outpatient-Institutional'),
      carin('ExplanationOfBenefit-Oral'),
      carin('ExplanationOfBenefit-Pharmacy'),
      carin('ExplanationOfBenefit-Professional-NonClinician'),
      // Without amounts, for whoever may not disclose them. The profiles above are derived from these.
      carin('ExplanationOfBenefit-Inpatient-Institutional-Basis', '2027'),
      carin('ExplanationOfBenefit-Outpatient-Institutional-Basis', '2027'),
      carin('ExplanationOfBenefit-Oral-Basis', '2027'),
      carin('ExplanationOfBenefit-Pharmacy-Basis', '2027'),
      carin('ExplanationOfBenefit-Professional-NonClinician-Basis', '2027'),
      pdex('priorauthorization'),
    ],
    invariants: {
      'payment-not-negative': 'payment.amount.value.empty() or payment.amount.value >= 0',
      'item-numbers-differ': 'item.sequence.isDistinct()',
      // Not of informationSequence: an example of CARIN itself (EOBOral2) names an information that it does not have.
      'item-links-exist':
        'item.careTeamSequence.subsetOf(%resource.careTeam.sequence) and item.diagnosisSequence.subsetOf(%resource.diagnosis.sequence) and item.procedureSequence.subsetOf(%resource.procedure.sequence)',
      'benefit-used-within-allowed':
        'benefitBalance.financial.all(usedMoney.empty() or allowedMoney.empty() or usedMoney.value <= allowedMoney.value)',
    },
    sums: { with: 'CoverageEligibilityResponse', differences: sumDifferences },
    narrative: claimOrAuthorization,
    retained: {
      of: ({ use }) => use === 'preauthorization',
      days: 365,
      because: 'a prior authorization stays for a year after its last change (42 CFR 422.119(b)(1)(iv)(B))',
    },
    search: {
      'billable-period-start': date('billablePeriod.start'),
      'care-team': reference('careTeam.provider', 'Practitioner', 'PractitionerRole', 'Organization'),
      coverage: reference('insurance.coverage', 'Coverage'),
      created: date('created'),
      identifier: token('identifier'),
      insurer: reference('insurer', 'Organization'),
      payee: reference(
        'payee.party',
        'Patient',
        'Practitioner',
        'PractitionerRole',
        'Organization',
        'RelatedPerson',
      ),
      provider: reference('provider', 'Practitioner', 'PractitionerRole', 'Organization'),
      'service-date': date('billablePeriod|item.serviced[x]'),
      'service-start-date': date('billablePeriod.start|item.servicedDate|item.servicedPeriod.start'),
      status: token('status'),
      type: token('type'),
      use: token('use'),
    },
  }),
  Claim: inCompartment('patient', {
    consentKind: 'claims',
    search: {
      created: date('created'),
      identifier: token('identifier'),
      status: token('status'),
      use: token('use'),
    },
  }),
  ClaimResponse: inCompartment('patient', {
    consentKind: 'claims',
    search: {
      created: date('created'),
      identifier: token('identifier'),
      status: token('status'),
      use: token('use'),
    },
  }),
  Account: inCompartment('subject', { consentKind: 'claims', search: { status: token('status') } }),
  ChargeItem: inCompartment('subject', { consentKind: 'claims', search: { code: token('code') } }),
  Invoice: inCompartment('subject', {
    consentKind: 'claims',
    search: { date: date('date'), status: token('status') },
  }),
  PaymentNotice: viaReference('claims-service')('request', {
    consentKind: 'claims',
    search: { request: reference('request') },
  }),
  // A PaymentReconciliation that pays for claims of several members belongs to none of them and is not stored.
  PaymentReconciliation: viaReference('claims-service')('detail.request', {
    consentKind: 'claims',
    search: { created: date('created'), status: token('status') },
  }),
  ChargeItemDefinition: referenceData('claims-service')({ consentKind: 'claims' }),
};
