import type { History } from '../care/history.ts';
import type { Fill, Prescription } from '../care/prescriptions.ts';
import { sentDay, type Visit, type VisitKind } from '../care/visit.ts';
import type { SyntheticResource } from '../fhir/resource.ts';
import type { Scope } from '../scope.ts';
import { undecided } from './adjudication.ts';
import { type Decided, writeBalances } from './balances.ts';
import { eligibilityOf } from './eligibility.ts';
import type { ClaimFacts } from './explanation.ts';
import { inpatientClaim, outpatientClaim } from './institutional.ts';
import { ledgerOf, type Ledger, type PaidByYear } from './ledger.ts';
import { oralClaim } from './oral.ts';
import { pharmacyClaim } from './pharmacy.ts';
import { priorAuthorizationOf } from './prior-authorization.ts';
import { professionalClaim } from './professional.ts';
import { explanations, isStillToDecide } from './versions.ts';

const CLAIM_OF: Readonly<Record<VisitKind, (scope: Scope, visit: Visit, ledger: Ledger) => ClaimFacts>> = {
  office: professionalClaim,
  home: professionalClaim,
  vision: professionalClaim,
  ambulance: professionalClaim,
  oral: oralClaim,
  outpatient: outpatientClaim,
  inpatient: inpatientClaim,
};

/** A member of a family, and what happened to the member. */
interface MemberHistory {
  scope: Scope;
  history: History;
}

interface DatedClaim {
  scope: Scope;
  day: number;
  decide: () => ClaimFacts;
}

function datedClaims({ scope, history }: MemberHistory, paidByFamily: PaidByYear): DatedClaim[] {
  const ledger = ledgerOf(scope, paidByFamily);
  const fills = history.prescriptions.flatMap((prescription) =>
    prescription.fills.map((fill) => [prescription, fill] as const),
  );
  return [
    ...history.visits.map((visit) => ({
      scope,
      day: visit.startDay,
      decide: () =>
        CLAIM_OF[visit.kind](scope, visit, isStillToDecide(scope, sentDay(visit)) ? undecided : ledger),
    })),
    ...fills.map(([prescription, fill]: readonly [Prescription, Fill]) => ({
      scope,
      day: fill.day,
      decide: () => pharmacyClaim(scope, prescription, fill, ledger),
    })),
  ];
}

/**
 * Every ExplanationOfBenefit of a family, member by member: claims in the order of the days, then prior authorizations.
 * And what the plan answers about the balances of today. The claims of all are decided in one order, since they fill the
 * limits of the family together.
 */
export function claimsOf(family: readonly MemberHistory[]): SyntheticResource[][] {
  const paidByFamily: PaidByYear = new Map();
  const dated = family.flatMap((member) => datedClaims(member, paidByFamily)).sort((a, b) => a.day - b.day);
  const decided = dated.map(({ scope, decide }): Decided => {
    const facts = decide();
    return { scope, facts, resources: explanations(scope, facts) };
  });
  const usedIn = writeBalances(decided);
  const byScope = Map.groupBy(decided, ({ scope }) => scope);
  return family.map(({ scope, history }) => [
    ...eligibilityOf(scope, usedIn),
    ...(byScope.get(scope) ?? []).flatMap(({ resources }) => resources),
    ...history.authorizations.map((request) => priorAuthorizationOf(scope, request)),
  ]);
}
