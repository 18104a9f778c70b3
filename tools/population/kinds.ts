/** Kinds of history in the preview, and whose login shows each: one table, which the page about the members prints. */
import type { SyntheticResource } from './fhir/resource.ts';
import { paddedTable } from './padded-table.ts';
import { population } from './population.ts';
import { previewMembers } from './preview-members.ts';
import { PREVIEW_FAMILIES } from './people/personas.ts';
import { type SyntheticPlan, TENANT_NAMES } from './tenants.ts';

export interface HistoryKind {
  what: string;
  /** Is an ExplanationOfBenefit of that kind? */
  is: (made: SyntheticResource, text: string) => boolean;
  /** left out: every plan has it */
  isAt?: (plan: SyntheticPlan) => boolean;
}

/** All of these are in the text of the resource. */
const says =
  (...parts: readonly string[]): HistoryKind['is'] =>
  (_, text) =>
    parts.every((part) => text.includes(part));

const isClaim = ({ use }: SyntheticResource): boolean => use === 'claim';
const REASON = 'claim-adjustment-reason-codes","code":';
const refusedFor = (code: string) => says('"use":"claim"', '"status":"active"', `${REASON}"${code}"`);
const rejectedFor = (code: string) => says('"rejectreason"', `NCPDPRejectCode","code":"${code}"`);
const requestThat = (code: string) =>
  says('"use":"preauthorization"', `codesystem.x12.org/005010/306","code":"${code}"`);

export const HISTORY_KINDS: readonly HistoryKind[] = [
  { what: 'emergency room', is: says('"code":"0450"', '"outpatient"') },
  { what: 'transfer to another hospital', is: says('PatDischargeStatus","code":"02"') },
  { what: 'rehabilitation of the heart', is: says('"code":"G0422"') },
  { what: 'cancer: chemotherapy', is: says('"code":"J9263"') },
  { what: 'broken arm of a child', is: says('"code":"S52.501A"') },
  { what: 'visit in a pregnancy', is: says('"code":"Z34.83"') },
  { what: 'birth', is: says('"code":"O80"') },
  { what: 'diabetes', is: says('"code":"E11.9"') },
  { what: 'specialty drug', is: says('"code":"00074379902"') },
  { what: 'death in a hospital', is: says('PatDischargeStatus","code":"20"') },
  { what: 'operating physician', is: says('"operating"') },
  { what: 'another insurance has paid first', is: says('"priorpayerpaid"') },
  { what: 'another insurance pays after the plan', is: ({ insurance }) => isSecondAfter(insurance) },
  { what: 'claim decided again after an appeal', is: says('"use":"claim"', 'You appealed') },
  {
    what: 'claim that replaced another one',
    is: (made, text) => isClaim(made) && text.includes('"code":"prior"'),
  },
  {
    what: 'claim that the provider took back',
    is: (made) => isClaim(made) && made['status'] === 'cancelled' && !made['related'],
  },
  { what: 'claim that waits', is: says('"use":"claim"', '"outcome":"queued"') },
  { what: 'claim decided in part', is: says('"use":"claim"', '"outcome":"partial"') },
  { what: 'claim without amounts', is: says('-Basis|2.2.0'), isAt: ({ paysBundles }) => paysBundles },
  { what: 'refused: information is missing (16)', is: refusedFor('16') },
  { what: 'refused: it came too late (29)', is: refusedFor('29') },
  { what: 'refused: not necessary (50)', is: refusedFor('50') },
  { what: 'refused: not covered (96)', is: refusedFor('96') },
  { what: 'refused: the limit of the year is used (119)', is: refusedFor('119') },
  { what: 'refused: not approved before (197)', is: refusedFor('197') },
  { what: 'refused in part: out of network (242)', is: refusedFor('242') },
  { what: 'refused: the plan could not pay this provider (B7)', is: refusedFor('B7') },
  { what: 'rejected at the counter: not approved (75)', is: rejectedFor('75') },
  { what: 'rejected at the counter: too many (76)', is: rejectedFor('76') },
  { what: 'request approved', is: requestThat('A1') },
  { what: 'request approved in part', is: requestThat('A2') },
  { what: 'request denied', is: requestThat('A3') },
  { what: 'request that waits', is: requestThat('A4') },
  { what: 'request taken back', is: requestThat('C') },
  { what: 'request denied, and appealed', is: says('"use":"preauthorization"', '"code":"replacedby"') },
];

function isSecondAfter(insurance: unknown): boolean {
  const [first, ...others] = insurance as { focal: boolean }[];
  return first?.focal === true && others.length > 0;
}

/** @returns the logins of a plan that show each kind on a day, by the kind */
function loginsOn(tenant: string, today: string): Map<HistoryKind, Set<string>> {
  const members = PREVIEW_FAMILIES.flat().length;
  const logins = new Map<string, string>(
    previewMembers(tenant, today).flatMap(({ login, patients }) =>
      patients.map(({ id }) => [`Patient/${id}`, login] as const),
    ),
  );
  const found = new Map(HISTORY_KINDS.map((kind) => [kind, new Set<string>()]));
  for (const made of population({ tenant, members, today })) {
    if (made.resourceType !== 'ExplanationOfBenefit') continue;
    const login = logins.get((made['patient'] as { reference: string }).reference);
    const text = JSON.stringify(made);
    for (const [kind, of] of found) if (login && kind.is(made, text)) of.add(login);
  }
  return found;
}

/** A usual day, the first of a year and a leap day. */
const DAYS = ['2026-06-30', '2027-01-01', '2028-02-29'] as const;

/** @returns for each kind the logins of a plan that show it on each of three very different days */
export function loginsOfKinds(tenant: string): Map<HistoryKind, string[]> {
  const days = DAYS.map((day) => loginsOn(tenant, day));
  return new Map(
    HISTORY_KINDS.map((kind) => {
      const [first = new Set<string>(), ...others] = days.map(
        (found) => found.get(kind) ?? new Set<string>(),
      );
      return [kind, [...first].filter((login) => others.every((other) => other.has(login)))];
    }),
  );
}

/**
 * The kinds as a Markdown table, columns padded as the formatter has them.
 *
 * @param plans the logins of each plan ({@link loginsOfKinds})
 */
export function kindsTable(plans = TENANT_NAMES.map(loginsOfKinds)): string {
  const shown = (logins: readonly string[] = []) =>
    logins
      .slice(0, 2)
      .map((login) => `\`${login}\``)
      .join(', ') || '–';
  const rows = HISTORY_KINDS.map((kind) => [kind.what, ...plans.map((found) => shown(found.get(kind)))]);
  return paddedTable(['what', ...TENANT_NAMES], rows);
}
