import type * as fhir4 from 'fhir/r4';
import { type ReactNode, use } from 'react';
import type { Covered, Found, MemberRecord } from './record.ts';
import {
  inForceOf,
  isAddedUp,
  medicineOf,
  nameOf,
  narrativeOf,
  planOf,
  resultOf,
  usedOf,
  words,
} from './record.ts';

const day = (time?: string) => time?.slice(0, 10) ?? '–';

interface Column<T> {
  title: string;
  cell: (resource: T) => ReactNode;
  kind?: 'date' | 'words';
}

const CLAIMS: Column<fhir4.ExplanationOfBenefit>[] = [
  { title: 'Date', cell: ({ billablePeriod: of, created }) => day(of?.start ?? created), kind: 'date' },
  { title: 'What', cell: (claim) => narrativeOf(claim) ?? words(claim.type), kind: 'words' },
];
/** Whose figure it is: a sum of claims must not look like the plan's own. */
const balanceIn = ({ balance }: Covered) => {
  if (typeof balance === 'string') return balance;
  const asOf = `as of ${day(balance.created)}`;
  const whose = isAddedUp(balance)
    ? `Sum of claims ${asOf}, not the plan’s own figure.`
    : `The plan’s figure ${asOf}.`;
  return `${usedOf(balance).join('; ') || '–'}. ${whose}`;
};
const LIMITS: Column<Covered>[] = [
  { title: 'Plan', cell: planOf },
  { title: 'Used', cell: balanceIn, kind: 'words' },
];
const COVERAGE: Column<fhir4.Coverage>[] = [
  { title: 'Plan', cell: (coverage) => narrativeOf(coverage) ?? words(coverage.type), kind: 'words' },
  { title: 'Member number', cell: ({ subscriberId }) => subscriberId ?? '–' },
  { title: 'When', cell: inForceOf },
];
const CONDITIONS: Column<fhir4.Condition>[] = [
  { title: 'Condition', cell: ({ code }) => words(code) },
  { title: 'Status', cell: ({ clinicalStatus }) => words(clinicalStatus) },
  { title: 'Recorded', cell: ({ recordedDate }) => day(recordedDate), kind: 'date' },
];
const MEDICATIONS: Column<fhir4.MedicationRequest>[] = [
  { title: 'Medicine', cell: medicineOf },
  { title: 'How to take it', cell: ({ dosageInstruction }) => dosageInstruction?.[0]?.text ?? '–' },
  { title: 'Prescribed', cell: ({ authoredOn }) => day(authoredOn), kind: 'date' },
];
const RESULTS: Column<fhir4.Observation>[] = [
  { title: 'Test', cell: ({ code }) => words(code) },
  { title: 'Result', cell: resultOf },
  { title: 'Date', cell: ({ effectiveDateTime }) => day(effectiveDateTime), kind: 'date' },
];

export function MemberPage({ record }: { record: Promise<MemberRecord> }) {
  const { patient, coverage, limits, claims, conditions, medications, results } = use(record);
  const born = typeof patient === 'string' ? '' : `Born on ${day(patient.birthDate)}. `;
  return (
    <>
      <h2>{typeof patient === 'string' ? `Name: ${patient}` : nameOf(patient)}</h2>
      <p>{born}The newest of each kind are shown.</p>
      <Kind title="Claims" found={claims} columns={CLAIMS} />
      <Kind title="Coverage" found={coverage} columns={COVERAGE} />
      <Kind title="Limits" found={limits} columns={LIMITS} />
      <Kind title="Conditions" found={conditions} columns={CONDITIONS} />
      <Kind title="Medications" found={medications} columns={MEDICATIONS} />
      <Kind title="Results" found={results} columns={RESULTS} />
    </>
  );
}

type Rows<T> = { title: string; found: Found<T>; columns: Column<T>[] };
function Kind<T extends fhir4.FhirResource>({ title, found, columns }: Rows<T>) {
  const problem = typeof found === 'string' ? found : found.length === 0 && 'There are none.';
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {problem && <p>{problem}</p>}
      {typeof found !== 'string' && found.length > 0 && <Table found={found} columns={columns} />}
    </section>
  );
}

/** A table, which is a list of cards on a phone: each cell says then what it is. */
function Table<T extends fhir4.FhirResource>({ found, columns }: { found: T[]; columns: Column<T>[] }) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map(({ title, kind }) => (
            <th key={title} scope="col" className={kind}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {found.map((resource) => (
          <tr key={resource.id}>
            {columns.map(({ title, cell, kind }) => (
              <td key={title} data-title={title} className={kind}>
                <span>{cell(resource)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
