import type { CounterRejection } from '../claims/refusals.ts';
import { random } from '../fhir/random.ts';
import type { Facility } from '../reference/facility.ts';
import { DRUGS, type Drug } from '../reference/medications.ts';
import { type Clinician, treatingOn } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import { ACUTE, type Chronic, type Diagnosis } from './diagnoses.ts';
import { facilityFor, lastCareDay, type Visit } from './visit.ts';

const CHRONIC_REFILLS = 3;
/** Of the fills of a drug with a limit of its quantity, so many are for more. */
const TOO_MANY_SHARE = 0.08;

/** One dispensing of a prescription; `number` 0 is the first fill. */
export interface Fill {
  number: number;
  day: number;
  /** why the plan rejects it at the counter */
  rejected?: CounterRejection;
}

export interface Prescription {
  key: string;
  drug: Drug;
  diagnosis: Diagnosis;
  /** who works on the days of all fills */
  prescriber: Clinician;
  pharmacy: Facility;
  /** The visit at which it was written. */
  visitKey: string;
  writtenDay: number;
  refillsAuthorized: number;
  isActive: boolean;
  fills: readonly Fill[];
  /** The pharmacy mixed it from other products. */
  compound?: boolean;
  corrected?: boolean;
}

/** The rejections of fills, by what the formulary says of the drug. The first fill is the one that nobody had approved. */
function withRejections(
  scope: Scope,
  { limits, rxnorm }: Drug,
  fills: readonly Fill[],
  isNew: boolean,
): Fill[] {
  return fills.map((fill) => {
    if (limits.priorAuthorization && isNew && fill.number === 0) return { ...fill, rejected: 'notApproved' };
    const stream = random(`${scope.tenant.name}/counter/${scope.member.key}/${rxnorm}/${fill.day}`);
    return limits.quantity && stream.chance(TOO_MANY_SHARE) ? { ...fill, rejected: 'overQuantity' } : fill;
  });
}

/** Drugs of lasting conditions from the first follow-up on, renewed and refilled; drugs of acute ones once. */
export function prescriptionsOf(
  scope: Scope,
  chronic: readonly Chronic[],
  visits: readonly Visit[],
): Prescription[] {
  return [
    ...chronic.flatMap((condition) => renewals(scope, condition, visits)),
    ...visits.flatMap((visit) => oneOff(scope, visit)),
  ];
}

/** No drug is dispensed twice on one day, though two conditions call for it: what comes first in the list stays. */
export function dispensedOnce(prescriptions: readonly Prescription[]): Prescription[] {
  const dispensed = new Set<string>();
  const isFirst = (drug: Drug, day: number): boolean => {
    const before = dispensed.size;
    return dispensed.add(`${drug.rxnorm}/${day}`).size > before;
  };
  return prescriptions
    .map((each) => ({ ...each, fills: each.fills.filter(({ day }) => isFirst(each.drug, day)) }))
    .filter(({ fills }) => fills.length > 0);
}

function renewals(scope: Scope, condition: Chronic, visits: readonly Visit[]): Prescription[] {
  const own = visits.filter(({ diagnoses }) => diagnoses[0] === condition.diagnosis);
  const first = own[0];
  if (condition.drug === undefined || first === undefined) return [];
  const drug = DRUGS[condition.drug];
  const lastDay = lastCareDay(scope);
  const made: Prescription[] = [];
  for (let day = first.startDay; day <= lastDay;) {
    const writtenAt = own.findLast(({ startDay }) => startDay <= day) ?? first;
    const fills: Fill[] = [];
    const writtenDay = day;
    for (let number = 0; number <= CHRONIC_REFILLS && day <= lastDay; number += 1) {
      fills.push({ number, day });
      day += drug.daysSupply + scope.random.int(0, 6);
    }
    made.push(
      prescription(scope, {
        visit: writtenAt,
        drug,
        writtenDay,
        fills: withRejections(scope, drug, fills, made.length === 0),
        refills: CHRONIC_REFILLS,
        isActive: day > lastDay,
      }),
    );
  }
  return made;
}

function oneOff(scope: Scope, visit: Visit): Prescription[] {
  const name = ACUTE.find(
    ({ diagnosis }) => visit.kind === 'office' && diagnosis === visit.diagnoses[0],
  )?.drug;
  if (name === undefined) return [];
  const fills = [{ number: 0, day: visit.startDay }];
  return [
    prescription(scope, {
      visit,
      drug: DRUGS[name],
      writtenDay: visit.startDay,
      fills: withRejections(scope, DRUGS[name], fills, true),
      refills: 0,
      isActive: false,
    }),
  ];
}

interface Writing {
  visit: Visit;
  drug: Drug;
  writtenDay: number;
  fills: readonly Fill[];
  refills: number;
  isActive: boolean;
}

export function prescription(
  scope: Scope,
  { visit, drug, writtenDay, fills, refills, isActive }: Writing,
): Prescription {
  return {
    key: `${drug.rxnorm}-${writtenDay}-${visit.key}`,
    drug,
    diagnosis: visit.diagnoses[0] as Diagnosis,
    prescriber: treatingOn(visit.clinician, fills.at(-1)?.day ?? writtenDay),
    pharmacy: facilityFor(scope, 'pharmacy'),
    visitKey: visit.key,
    writtenDay,
    refillsAuthorized: refills,
    isActive,
    fills,
  };
}
