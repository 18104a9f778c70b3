import type * as fhir4 from 'fhir/r4';
import { type ReactNode, use } from 'react';
import type { Covered, Found, MemberRecord } from './record.ts';
import { balanceOf, day, medicineOf, nameOf, narrativeOf, planOf, resultOf, when, words } from './record.ts';

interface Column<T> {
  title: string;
  cell: (resource: T) => ReactNode;
  kind?: 'date' | 'words';
}

const CLAIMS: Column<fhir4.ExplanationOfBenefit>[] = [
  { title: 'Date', cell: ({ billablePeriod: of, created }) => day(of?.start ?? created), kind: 'date' },
  { title: 'What', cell: (claim) => narrativeOf(claim) ?? words(claim.type), kind: 'words' },
];
const LIMITS: Column<Covered>[] = [
  { title: 'Plan', cell: planOf },
  { title: 'Used', cell: balanceOf, kind: 'words' },
];
const COVERAGE: Column<fhir4.Coverage>[] = [
  { title: 'Plan', cell: (coverage) => narrativeOf(coverage) ?? words(coverage.type), kind: 'words' },
  { title: 'Member number', cell: ({ subscriberId }) => subscriberId ?? '–' },
  { title: 'When', cell: when },
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
/** A table, which is a list of cards on a phone: each cell says then what it is. */
function Kind<T extends fhir4.FhirResource>({ title, found, columns }: Rows<T>) {
  const rows = typeof found === 'string' ? [] : found;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {rows.length === 0 && <p>{typeof found === 'string' ? found : 'There are none.'}</p>}
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} scope="col" className={column.kind}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((resource) => (
              <tr key={resource.id}>
                {columns.map((column) => (
                  <td key={column.title} data-title={column.title} className={column.kind}>
                    <span>{column.cell(resource)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
