/** How much of the limits of each coverage in force is used today, as the plan answers it. */
import { isoInstant, yearOf } from '../fhir/dates.ts';
import { meta, referenceTo, type SyntheticResource } from '../fhir/resource.ts';
import type { Span } from '../coverage/enrollment.ts';
import { memberId, type Scope } from '../scope.ts';
import { balancesOf, type UsedIn } from './balances.ts';

const PROFILE = 'http://hl7.org/fhir/StructureDefinition/CoverageEligibilityResponse';

function answerAbout(scope: Scope, span: Span, usedIn: UsedIn): SyntheticResource {
  const { plan, coverageId } = span;
  const { today } = scope;
  const balances = balancesOf(plan, usedIn(scope, plan.line, today));
  const year = yearOf(today);
  return {
    resourceType: 'CoverageEligibilityResponse',
    id: memberId(scope, 'CoverageEligibilityResponse', `${plan.code}/${year}`),
    meta: meta([PROFILE], today - 1),
    status: 'active',
    purpose: ['benefits'],
    patient: scope.patient,
    created: isoInstant(today),
    // R4 asks for a request. The plan answers every day without one.
    request: { display: 'The daily balance of the plan' },
    outcome: 'complete',
    insurer: scope.directory.payer,
    insurance: [
      {
        coverage: referenceTo('Coverage', coverageId, plan.name),
        inforce: true,
        benefitPeriod: { start: `${year}-01-01`, end: `${year}-12-31` },
        item: balances.map(({ limits, ...of }) => ({ ...of, benefit: limits })),
      },
    ],
  };
}

/** One answer for each coverage that is in force, except where the plan answers none. */
export const eligibilityOf = (scope: Scope, usedIn: UsedIn): SyntheticResource[] =>
  scope.enrollment.spans
    .filter(({ endDay, plan }) => endDay === undefined && !scope.tenant.unanswered.includes(plan.line))
    .map((span) => answerAbout(scope, span, usedIn));
