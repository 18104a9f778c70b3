import { ANKLE_SPRAIN, CARIES, HEART_BLOCK, PNEUMONIA } from '../care/diagnoses.ts';
import { type Fill, prescription, type Prescription } from '../care/prescriptions.ts';
import { PACEMAKER_LINES, SERVICES, STAY_LINES } from '../care/services.ts';
import {
  clinicianAt,
  clinicianFor,
  facilityFor,
  lastCareDay,
  type PlannedVisit,
  type Visit,
} from '../care/visit.ts';
import { DRUGS } from '../reference/medications.ts';
import type { Specialty } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';
import { AMBULANCE_INFORMATION, ORAL_INFORMATION } from './claim-information.ts';

type Event = Pick<PlannedVisit, 'key' | 'kind' | 'diagnoses' | 'services'> &
  Partial<PlannedVisit> & {
    /** days before the last day of care; negative: after it */
    daysBefore: number;
    days?: number;
    specialty: Specialty;
    operator?: Specialty;
  };

const CORRECTED = { corrected: true, refusedLines: [1] } as const;

/**
 * The care of the complete member beyond examinations and follow-ups: one visit for each kind of claim, sent twice and
 * refused in part. She has a pacemaker, and dies in the hospital to which an ambulance brought her.
 */
const EVENTS: readonly Event[] = [
  {
    key: 'pacemaker',
    kind: 'inpatient',
    daysBefore: 300,
    days: 2,
    diagnoses: [HEART_BLOCK],
    services: [],
    specialty: 'hospitalist',
    stay: { drg: '244', drgText: 'Permanent pacemaker without complications', lines: PACEMAKER_LINES },
    performed: {
      snomed: '307280005',
      name: 'Implantation of cardiac pacemaker',
      icd10pcs: '0JH606Z',
      implant: ['14106009', 'Cardiac pacemaker'],
    },
    operator: 'cardiology',
    claim: CORRECTED,
  },
  {
    key: 'ankle',
    kind: 'outpatient',
    daysBefore: 200,
    diagnoses: [ANKLE_SPRAIN],
    services: [SERVICES.evaluation, SERVICES.ankleImaging, SERVICES.supplies],
    specialty: 'hospitalist',
    claim: CORRECTED,
  },
  {
    key: 'crown',
    kind: 'oral',
    daysBefore: 150,
    diagnoses: [CARIES],
    services: [SERVICES.crown, SERVICES.bitewings],
    specialty: 'dentist',
    claim: { ...CORRECTED, information: ORAL_INFORMATION },
  },
  {
    key: 'ambulance',
    kind: 'ambulance',
    daysBefore: -1,
    diagnoses: [PNEUMONIA, HEART_BLOCK],
    services: [SERVICES.ambulance, SERVICES.ambulanceMiles],
    specialty: 'hospitalist',
    claim: { ...CORRECTED, information: AMBULANCE_INFORMATION },
  },
  {
    key: 'final',
    kind: 'inpatient',
    daysBefore: -1,
    days: 5,
    diagnoses: [PNEUMONIA, HEART_BLOCK],
    services: [],
    specialty: 'hospitalist',
    stay: { drg: '208', drgText: 'Respiratory disease with ventilator support', lines: STAY_LINES },
    performed: { snomed: '40617009', name: 'Artificial respiration', icd10pcs: '5A1945Z' },
    fatal: true,
  },
];

export function completeVisits(scope: Scope): PlannedVisit[] {
  return EVENTS.map(({ daysBefore, days = 0, specialty, operator, ...event }) => {
    const startDay = lastCareDay(scope) - daysBefore;
    const clinician = clinicianFor(scope, specialty, startDay);
    return {
      ...event,
      startDay,
      endDay: startDay + days,
      clinician,
      ...(operator && { operatedBy: clinicianAt(scope, operator) }),
      facility: specialty === 'dentist' ? clinician.facility : facilityFor(scope, 'hospital'),
    };
  });
}

/** After which visit which drug was written, and what is special with it. */
const PRESCRIBED: readonly (Pick<Prescription, 'compound' | 'corrected' | 'drug'> &
  Pick<Fill, 'rejected'> & { after: string })[] = [
  // a suspension that the pharmacy made from capsules
  { after: 'pacemaker', drug: DRUGS.omeprazole, compound: true, corrected: true },
  { after: 'ankle', drug: DRUGS.naproxen, rejected: 'overQuantity' },
];

export function completePrescriptions(scope: Scope, visits: readonly Visit[]): Prescription[] {
  return PRESCRIBED.flatMap(({ after, drug, rejected, ...special }) =>
    visits
      .filter(({ key }) => key === after)
      .map((visit) => ({
        ...prescription(scope, {
          visit,
          drug,
          writtenDay: visit.endDay,
          fills: [{ number: 0, day: visit.endDay, ...(rejected && { rejected }) }],
          refills: 0,
          isActive: false,
        }),
        ...special,
      })),
  );
}
