import { type ReactNode, use } from 'react';
import type { Found, MemberRecord, Resource } from './record.ts';
import { medicineOf, nameOf, narrativeOf, resultOf, usedOf, words } from './record.ts';

const day = (time?: string) => time?.slice(0, 10) ?? '–';

interface Column {
  title: string;
  cell: (resource: Resource) => ReactNode;
  kind?: 'date' | 'words';
}

const CLAIMS: Column[] = [
  {
    title: 'Date',
    cell: ({ billablePeriod, created }) => day(billablePeriod?.start ?? created),
    kind: 'date',
  },
  { title: 'What', cell: (claim) => narrativeOf(claim) ?? words(claim.type), kind: 'words' },
];
const LIMITS: Column[] = [
  { title: 'Plan', cell: ({ insurance }) => insurance?.[0]?.coverage?.display ?? '–' },
  { title: 'Used', cell: (answer) => usedOf(answer).join('; ') || '–', kind: 'words' },
  { title: 'As of', cell: ({ created }) => day(created), kind: 'date' },
];
const COVERAGE: Column[] = [
  { title: 'Plan', cell: (coverage) => narrativeOf(coverage) ?? words(coverage.type), kind: 'words' },
  { title: 'Member number', cell: ({ subscriberId }) => subscriberId ?? '–' },
  { title: 'Status', cell: ({ status }) => status },
];
const CONDITIONS: Column[] = [
  { title: 'Condition', cell: ({ code }) => words(code) },
  { title: 'Status', cell: ({ clinicalStatus }) => words(clinicalStatus) },
  { title: 'Recorded', cell: ({ recordedDate }) => day(recordedDate), kind: 'date' },
];
const MEDICATIONS: Column[] = [
  { title: 'Medicine', cell: medicineOf },
  { title: 'How to take it', cell: ({ dosageInstruction }) => dosageInstruction?.[0]?.text ?? '–' },
  { title: 'Prescribed', cell: ({ authoredOn }) => day(authoredOn), kind: 'date' },
];
const RESULTS: Column[] = [
  { title: 'Test', cell: ({ code }) => words(code) },
  { title: 'Result', cell: resultOf },
  { title: 'Date', cell: ({ effectiveDateTime }) => day(effectiveDateTime), kind: 'date' },
];

export function MemberPage({ record }: { record: Promise<MemberRecord> }) {
  const { patient, coverage, limits, claims, conditions, medications, results } = use(record);
  return (
    <>
      <h2>{nameOf(patient)}</h2>
      <p>Born on {day(patient.birthDate)}. The newest of each kind are shown.</p>
      <Kind title="Claims" found={claims} columns={CLAIMS} />
      <Kind title="Coverage" found={coverage} columns={COVERAGE} />
      <Kind title="Limits" found={limits} columns={LIMITS} />
      <Kind title="Conditions" found={conditions} columns={CONDITIONS} />
      <Kind title="Medications" found={medications} columns={MEDICATIONS} />
      <Kind title="Results" found={results} columns={RESULTS} />
    </>
  );
}

/** A table, which is a list of cards on a phone: each cell says then what it is. */
function Kind({ title, found, columns }: { title: string; found: Found; columns: Column[] }) {
  const problem = typeof found === 'string' ? found : found.length === 0 && 'There are none.';
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {problem && <p>{problem}</p>}
      {typeof found !== 'string' && found.length > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map(({ title: name, kind }) => (
                <th key={name} scope="col" className={kind}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.map((resource) => (
              <tr key={resource.id}>
                {columns.map(({ title: name, cell, kind }) => (
                  <td key={name} data-title={name} className={kind}>
                    <span>{cell(resource)}</span>
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
