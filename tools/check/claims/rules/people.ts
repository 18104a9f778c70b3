/** Rules about the member of a claim. */
import { type Claim, firstCode, allCodes, informationOf } from '../claim.ts';
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

function dischargeProblem(claim: Claim, plan: PlanRecords): string | false | undefined {
  const { deceasedDateTime: died } = claimPatient(plan, claim) ?? {};
  const { start, end } = claim.billablePeriod;
  if (died && start > died.slice(0, 10)) return `care after the death on ${died.slice(0, 10)}`;
  const status = firstCode(informationOf(claim, 'discharge-status')?.code);
  if (status === '') return firstCode(claim.type) === 'institutional' && 'nothing says how it ended';
  if (!(status in DISCHARGES)) return `discharge status ${status} has no row here`;
  return (DISCHARGES[status] === 'death') !== (died?.slice(0, 10) === end) && `discharge status ${status}`;
}

/** Makes the first diagnosis another one. */
function diagnosed(claim: Claim, code: string): Claim[] {
  for (const coding of claim.diagnosis?.[0]?.diagnosisCodeableConcept.coding ?? []) coding.code = code;
  return [claim];
}

/** Makes the first line bill something else. */
function done(claim: Claim, code: string): Claim[] {
  for (const coding of claim.item[0]?.productOrService.coding ?? []) coding.code = code;
  return [claim];
}

export const PEOPLE_RULES: readonly ClaimRule[] = [
  {
    name: 'a diagnosis fits age and sex',
    contradictions: misfitProblem(DIAGNOSIS_OF, diagnosesOf),
    faults: [
      {
        what: 'a newborn',
        in: (claim, plan) => diagnosesOf(claim).length > 0 && (personOf(claim, plan)?.age ?? 0) > 0,
        plant: (claim) => diagnosed(claim, 'P07.30'),
      },
      {
        what: 'a pregnant man',
        in: (claim, plan) => diagnosesOf(claim).length > 0 && personOf(claim, plan)?.gender === 'male',
        plant: (claim) => diagnosed(claim, 'O80'),
      },
    ],
  },
  {
    name: 'a procedure fits age and sex',
    contradictions: misfitProblem(PROCEDURE_OF, proceduresOf),
    faults: [
      {
        what: 'a child’s examination of an adult',
        in: (claim, plan) => (personOf(claim, plan)?.age ?? 0) > 20,
        plant: (claim) => done(claim, 'S0302'),
      },
      {
        what: 'an adult’s examination of a child',
        in: (claim, plan) => (personOf(claim, plan)?.age ?? 99) < 18,
        plant: (claim) => done(claim, 'G0439'),
      },
    ],
  },
  {
    name: 'a stay ends as the record says, and nobody has care after death',
    contradictions: ofEachClaim(dischargeProblem),
    faults: [
      {
        what: 'the patient had died',
        in: (claim, plan) => !claimPatient(plan, claim)?.deceasedDateTime,
        plant: (claim, plan) => {
          const patient = claimPatient(plan, claim);
          return patient ? [{ ...patient, deceasedDateTime: '2000-01-01' }] : [];
        },
      },
      {
        what: 'a stay that ended with a death, of somebody alive',
        in: (claim, plan) =>
          informationOf(claim, 'discharge-status') !== undefined &&
          !claimPatient(plan, claim)?.deceasedDateTime,
        plant: (claim) => {
          for (const coding of informationOf(claim, 'discharge-status')?.code?.coding ?? [])
            coding.code = '20';
          return [claim];
        },
      },
    ],
  },
];
