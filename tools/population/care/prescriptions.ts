import type { Facility } from '../reference/facility.ts';
import { DRUGS, type Drug } from '../reference/medications.ts';
import type { Clinician } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import { ACUTE, type Chronic, type Diagnosis } from './diagnoses.ts';
import { facilityFor, lastCareDay, type Visit } from './visit.ts';

const CHRONIC_REFILLS = 3;

/** One dispensing of a prescription; `number` 0 is the first fill. */
export interface Fill {
  number: number;
  day: number;
}

export interface Prescription {
  key: string;
  drug: Drug;
  diagnosis: Diagnosis;
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
  /** The plan does not cover the product. */
  refused?: boolean;
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
        fills,
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
      fills,
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
    prescriber: visit.clinician,
    pharmacy: facilityFor(scope, 'pharmacy'),
    visitKey: visit.key,
    writtenDay,
    refillsAuthorized: refills,
    isActive,
    fills,
  };
}
