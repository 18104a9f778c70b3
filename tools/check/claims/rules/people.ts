/** Rules about the people of a claim: the member, and who gave the care. */
import type { Served } from '../../conformance/supported.ts';
import {
  type Claim,
  type ClaimConcept,
  firstCode,
  allCodes,
  informationOf,
  type ClaimPeriod,
} from '../claim.ts';
import { claimPatient, type PlanRecords } from '../plan-records.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';
import { DIAGNOSIS_OF, DISCHARGES, PROCEDURE_OF } from './known-codes.ts';

interface Person {
  age: number;
  gender: string;
}

function ageOn(birthDate: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

function personOf(claim: Claim, plan: PlanRecords): Person | undefined {
  const patient = claimPatient(plan, claim);
  return patient && { age: ageOn(patient.birthDate, claim.billablePeriod.start), gender: patient.gender };
}

/** @returns codes that this person cannot have */
function misfits(rows: typeof DIAGNOSIS_OF, codes: readonly string[], { age, gender }: Person): string[] {
  return codes.filter((code) =>
    rows.some(
      (row) =>
        row.codes.test(code) &&
        (age < (row.from ?? 0) || age > (row.to ?? Infinity) || (row.gender ?? gender) !== gender),
    ),
  );
}

function misfitProblem(rows: typeof DIAGNOSIS_OF, codesIn: (claim: Claim) => string[]) {
  return ofEachClaim((claim, plan) => {
    const person = personOf(claim, plan);
    if (!person) return 'of nobody';
    return misfits(rows, codesIn(claim), person)
      .map((code) => `${code} at ${person.age} years, ${person.gender}`)
      .join('; ');
  });
}

const diagnosesOf = ({ diagnosis = [] }: Claim): string[] =>
  diagnosis.flatMap(({ diagnosisCodeableConcept }) => allCodes(diagnosisCodeableConcept));
const proceduresOf = ({ item }: Claim): string[] =>
  item.flatMap(({ productOrService }) => allCodes(productOrService));

interface Practitioner extends Served {
  active?: boolean;
  qualification?: { code: ClaimConcept; period?: ClaimPeriod }[];
}

function providerProblem(claim: Claim, { all }: PlanRecords): string | undefined {
  const { start } = claim.billablePeriod;
  return (claim.careTeam ?? [])
    .flatMap(({ provider: { reference }, qualification }) => {
      if (!reference.startsWith('Practitioner/')) return [];
      const found = all.get(reference) as Practitioner | undefined;
      if (!found?.active) return [`${reference} is not active`];
      const specialty = firstCode(qualification);
      const isOf = found.qualification?.some(
        ({ code, period = {} }) =>
          allCodes(code).includes(specialty) &&
          (period.start ?? '') <= start &&
          start <= (period.end ?? '9999'),
      );
      return isOf ? [] : [`${reference} was not of the specialty ${specialty}`];
    })
    .join('; ');
}

function dischargeProblem(claim: Claim, plan: PlanRecords): string | false | undefined {
  const { deceasedDateTime: died } = claimPatient(plan, claim) ?? {};
  const { start, end } = claim.billablePeriod;
  if (died && start > died.slice(0, 10)) return `care after the death on ${died.slice(0, 10)}`;
  const status = firstCode(informationOf(claim, 'discharge-status')?.code);
  if (status === '') return firstCode(claim.type) === 'institutional' && 'nothing says how it ended';
  if (!(status in DISCHARGES)) return `discharge status ${status} has no row here`;
  return (DISCHARGES[status] === 'death') !== (died?.slice(0, 10) === end) && `discharge status ${status}`;
}

export const PEOPLE_RULES: readonly ClaimRule[] = [
  {
    name: 'a diagnosis fits age and sex',
    contradictions: misfitProblem(DIAGNOSIS_OF, diagnosesOf),
    fault: {
      in: ({ diagnosis = [] }) => diagnosis.length > 0,
      plant: (claim) => {
        for (const coding of claim.diagnosis?.[0]?.diagnosisCodeableConcept.coding ?? [])
          coding.code = 'P07.30';
        return [claim];
      },
    },
  },
  {
    name: 'a procedure fits age and sex',
    contradictions: misfitProblem(PROCEDURE_OF, proceduresOf),
    fault: {
      in: (claim, plan) => (personOf(claim, plan)?.age ?? 0) > 20,
      plant: (claim) => {
        for (const coding of claim.item[0]?.productOrService.coding ?? []) coding.code = 'S0302';
        return [claim];
      },
    },
  },
  {
    name: 'who gave the care was active then, and of that specialty',
    contradictions: ofEachClaim(providerProblem),
    fault: {
      in: ({ careTeam = [] }) => careTeam.length > 0,
      plant: ({ careTeam = [] }, { all }) => {
        const found = all.get(careTeam[0]?.provider.reference ?? '');
        return found ? [{ ...found, active: false }] : [];
      },
    },
  },
  {
    name: 'a stay ends as the record says, and nobody has care after death',
    contradictions: ofEachClaim(dischargeProblem),
    fault: {
      in: (claim, plan) => !claimPatient(plan, claim)?.deceasedDateTime,
      plant: (claim, plan) => {
        const patient = claimPatient(plan, claim);
        return patient ? [{ ...patient, deceasedDateTime: '2000-01-01' }] : [];
      },
    },
  },
];
