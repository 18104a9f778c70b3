import type { History } from '../care/history.ts';
import type { Fill, Prescription } from '../care/prescriptions.ts';
import type { Visit, VisitKind } from '../care/visit.ts';
import type { SyntheticResource } from '../fhir/resource.ts';
import type { Scope } from '../scope.ts';
import { type Decided, writeBalances } from './balances.ts';
import { eligibilityOf } from './eligibility.ts';
import { explanations, type ClaimFacts } from './explanation.ts';
import { inpatientClaim, outpatientClaim } from './institutional.ts';
import { ledgerOf, type Ledger } from './ledger.ts';
import { oralClaim } from './oral.ts';
import { pharmacyClaim } from './pharmacy.ts';
import { priorAuthorizationOf } from './prior-authorization.ts';
import { professionalClaim } from './professional.ts';

const CLAIM_OF: Readonly<Record<VisitKind, (scope: Scope, visit: Visit, ledger: Ledger) => ClaimFacts>> = {
  office: professionalClaim,
  therapy: professionalClaim,
  vision: professionalClaim,
  ambulance: professionalClaim,
  oral: oralClaim,
  outpatient: outpatientClaim,
  inpatient: inpatientClaim,
};

interface DatedClaim {
  day: number;
  claim: (ledger: Ledger) => ClaimFacts;
}

/**
 * Every ExplanationOfBenefit of a member: claims in the order of the days, then prior authorizations. And what the plan
 * answers about the balances of today.
 */
export function claimsOf(scope: Scope, history: History): SyntheticResource[] {
  const ledger = ledgerOf(scope.enrollment, scope.random);
  const fills = history.prescriptions.flatMap((prescription) =>
    prescription.fills.map((fill) => [prescription, fill] as const),
  );
  const dated: DatedClaim[] = [
    ...history.visits.map((visit) => ({
      day: visit.startDay,
      claim: (entries: Ledger) => CLAIM_OF[visit.kind](scope, visit, entries),
    })),
    ...fills.map(([prescription, fill]: readonly [Prescription, Fill]) => ({
      day: fill.day,
      claim: (entries: Ledger) => pharmacyClaim(scope, prescription, fill, entries),
    })),
  ].sort((a, b) => a.day - b.day);
  const decided = dated.map(({ claim }): Decided => {
    const facts = claim(ledger);
    return { facts, resources: explanations(scope, facts) };
  });
  const usedIn = writeBalances(scope.enrollment, decided);
  return [
    ...eligibilityOf(scope, usedIn),
    ...decided.flatMap(({ resources }) => resources),
    ...history.authorizations.map((request) => priorAuthorizationOf(scope, request)),
  ];
}
