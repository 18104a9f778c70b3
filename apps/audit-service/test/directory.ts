/** What auth-service says of people and apps, for tests of audit-service. Its own tests have the real one. */
import type { DirectoryAnswer, DirectoryQuestion } from '@patient-access/internal-api';

const person = (patient: string, name: string, number: string, login: string) => ({
  patient,
  name,
  numbers: [number],
  logins: [login],
});
const PEOPLE = [
  person('anna', 'Anna Alvarez', 'M-1001', 'anna.alvarez'),
  person('ben', 'Ben Baker', 'M-1002', 'ben.baker'),
  person('cora', 'Cora Baker', 'M-1003', 'cora.baker'),
  person('dora', 'Dora Nothing-Happened', 'M-1004', 'dora'),
];
const APPS = [
  { id: 'app-1', name: 'Health Diary', address: 'Diary Inc., https://diary.example, privacy@diary.example' },
];
const LOGINS = [
  { sub: 'auditor-1', login: 'audrey.auditor', role: 'auditor' as const },
  { sub: 'login-1', login: 'anna.alvarez', role: 'member' as const },
];

const MERGES = [
  { patient: 'emma-1', survivor: 'emma' },
  { patient: 'cora-1', survivor: 'cora' },
  { patient: 'hugo-1', survivor: 'hugo' },
  { patient: 'ivo-1', survivor: 'ivo' },
];
const survivorOf = (id: string): string | undefined => MERGES.find(({ patient }) => patient === id)?.survivor;

const STOOD_UNDER = [
  { patient: 'gina-9', under: 'gina' },
  // Split off after the merge.
  { patient: 'hugo-9', under: 'hugo' },
  // Taken back, and made again.
  { patient: 'hugo-1', under: 'hugo' },
  { patient: 'ivo-9', under: 'ivo-1' },
];

/** Of the tenant northwind; at other plans nobody is known. */
export function answeringDirectory(path: string, body: string): DirectoryAnswer | undefined {
  if (!path.endsWith('/directory')) return undefined;
  const isHere = path === '/internal/northwind/directory';
  const { find, patients = [], apps = [] } = JSON.parse(body) as DirectoryQuestion;
  const matches = ({ patient, name, numbers, logins }: (typeof PEOPLE)[number]) =>
    patients.includes(patient) ||
    (find !== undefined &&
      (name.toLowerCase().includes(find.toLowerCase()) || [patient, ...numbers, ...logins].includes(find)));
  return {
    plan: { name: 'Northwind Health' },
    people: isHere ? PEOPLE.filter(matches) : [],
    ...(isHere && {
      replaced: MERGES.filter(({ survivor }) => patients.includes(survivor)),
      survivors: MERGES.filter(({ patient }) => patients.includes(patient)),
      stoodUnder: STOOD_UNDER.filter(({ patient, under }) =>
        [patient, under].some((id) => patients.some((asked) => asked === id || survivorOf(id) === asked)),
      ),
    }),
    logins: isHere ? LOGINS.filter(({ sub, login }) => [sub, login].includes(find ?? '')) : [],
    apps: APPS.filter(({ id }) => apps.includes(id)),
    complete: true,
  };
}
