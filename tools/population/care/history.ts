import { completePrescriptions, completeVisits } from '../complete/history.ts';
import { ageOn } from '../fhir/dates.ts';
import type { SyntheticMember } from '../people/families.ts';
import type { Scope } from '../scope.ts';
import { authorizationsOf, type Authorization } from './authorizations.ts';
import {
  ASTHMA,
  CHRONIC,
  RHEUMATOID_ARTHRITIS,
  RHINITIS,
  type Chronic,
  type Diagnosis,
} from './diagnoses.ts';
import { dispensedOnce, prescriptionsOf, type Prescription } from './prescriptions.ts';
import { planOfficeVisits } from './office-visits.ts';
import { planEpisodes } from './episodes.ts';
import { planFacilityVisits } from './facility-visits.ts';
import { planRoutineVisits } from './routine-visits.ts';
import { type Visit, withNetwork } from './visit.ts';

/** All that happened to a member; claims and chart are two views of it and therefore agree. */
export interface History {
  chronic: readonly Chronic[];
  /** In the order of the days. */
  visits: readonly Visit[];
  prescriptions: readonly Prescription[];
  authorizations: readonly Authorization[];
}

const NOTHING: History = { chronic: [], visits: [], prescriptions: [], authorizations: [] };

export function historyOf(scope: Scope): History {
  if (scope.member.persona === 'new') return NOTHING;
  const chronic = chronicOf(scope);
  const authorizations = authorizationsOf(scope);
  const isComplete = scope.member.persona === 'complete';
  const visits = [
    ...planOfficeVisits(scope, chronic, authorizations),
    ...planRoutineVisits(scope),
    ...(isComplete ? completeVisits(scope) : planFacilityVisits(scope, authorizations)),
    ...planEpisodes(scope),
  ]
    .map((visit) => withNetwork(scope, visit))
    .sort((a, b) => a.startDay - b.startDay || (a.key < b.key ? -1 : 1))
    .filter(isFirstOfItsKind());
  const usual = prescriptionsOf(scope, chronic, visits);
  const special = isComplete ? completePrescriptions(scope, visits) : [];
  const prescriptions = dispensedOnce([...special, ...usual]);
  return { chronic, visits, prescriptions, authorizations };
}

/** Nobody is seen twice on a day at a place for the same: a plan takes the second claim for the first. */
function isFirstOfItsKind(): (visit: Visit) => boolean {
  const seen = new Set<string>();
  return ({ startDay, kind, facility, services }) => {
    const kinds = [startDay, kind, facility.id, ...services.map(({ code }) => code)].join('/');
    if (seen.has(kinds)) return false;
    seen.add(kinds);
    return true;
  };
}

/** Somebody of the preview takes a specialty drug. */
const isAlways = ({ persona }: SyntheticMember, diagnosis: Diagnosis): boolean =>
  persona === 'denied' && diagnosis === RHEUMATOID_ARTHRITIS;

const ALLERGIC: ReadonlySet<Diagnosis> = new Set([ASTHMA, RHINITIS]);

/** Conditions of the persona, or by chance among those of the member's age. */
function chronicOf(scope: Scope): Chronic[] {
  const { member, random } = scope;
  const age = ageOn(member.birthDay, scope.today);
  if (member.persona === 'many' || member.persona === 'ordinary')
    return CHRONIC.filter(({ fromAge }) => fromAge >= 35);
  if (member.persona === 'complete') return CHRONIC.filter(({ diagnosis }) => ALLERGIC.has(diagnosis));
  if (member.persona === 'sensitive')
    return CHRONIC.filter(({ diagnosis }) => diagnosis.sensitivity !== undefined);
  return CHRONIC.filter(
    ({ fromAge, probability, diagnosis }) =>
      (random.chance(probability) || isAlways(member, diagnosis)) &&
      age >= fromAge &&
      (member.persona === undefined || diagnosis.sensitivity === undefined),
  );
}
