/** A summary of a member's claims. */
import type { ClientResource } from './fhir-client.ts';

interface Money {
  value?: number;
}
interface Total {
  category: { coding?: { code?: string }[] };
  amount: Money;
}
interface Eob extends ClientResource {
  status?: string;
  use?: string;
  outcome?: string;
  total?: Total[];
  payment?: { amount?: Money };
}

const dollars = (amountCents: number) =>
  `$${(amountCents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;

/** A sum in cents; nothing where the claim does not say it, which is not the same as zero. */
type Cents = number | undefined;

const cents = (money?: Money): Cents =>
  money?.value === undefined ? undefined : Math.round(money.value * 100);

const totalOf = ({ total = [] }: Eob, code: string): Cents =>
  cents(total.find(({ category }) => category.coding?.some((coding) => coding.code === code))?.amount);

/** What the plan cancelled or replaced does not count. */
const isOver = ({ status = '' }: Eob): boolean => status === 'cancelled' || status === 'entered-in-error';

const isDecided = ({ status, outcome = '' }: Eob): boolean =>
  status === 'active' && ['complete', 'partial'].includes(outcome);

/** A payment may be for several claims, so the totals of the claim come first. */
function paidOf(eob: Eob): Cents {
  const [provider, patient] = [totalOf(eob, 'paidtoprovider'), totalOf(eob, 'paidtopatient')];
  const parts =
    provider === undefined && patient === undefined ? undefined : (provider ?? 0) + (patient ?? 0);
  return totalOf(eob, 'benefit') ?? parts ?? cents(eob.payment?.amount);
}

const owedOf = (eob: Eob): Cents => totalOf(eob, 'memberliability');

/** @returns the sum of what the claims say, and how many do not say it */
function sumOf(claims: readonly Eob[], amountOf: (eob: Eob) => Cents): string {
  const known = claims
    .map((eob) => (isDecided(eob) ? amountOf(eob) : undefined))
    .filter((each) => each !== undefined);
  const unknown = claims.length - known.length;
  if (unknown > 0 && known.length === 0) return 'not known';
  const sum = dollars(known.reduce((all, each) => all + each, 0));
  return unknown > 0 ? `${sum}, and not known for ${unknown} of the claims` : sum;
}

function nameOf(patient: ClientResource): string {
  const [name] = (patient['name'] ?? []) as { text?: string; given?: string[]; family?: string }[];
  return name?.text ?? [...(name?.given ?? []), name?.family].join(' ');
}

type Class = { type?: { coding?: { code?: string }[] }; name?: string; value: string };

/** @returns the names of the plans in force, from the classes of the Coverages (C4BB: class of type `plan`) */
function plansOf(coverages: readonly ClientResource[]): string {
  const names = coverages
    .filter((coverage) => coverage['status'] === 'active')
    .flatMap((coverage) => (coverage['class'] ?? []) as Class[])
    .filter(({ type }) => type?.coding?.some(({ code }) => code === 'plan'))
    .map((plan) => plan.name ?? plan.value);
  return [...new Set(names)].join(', ') || 'none in force';
}

export interface Records {
  patient: ClientResource;
  coverages: ClientResource[];
  eobs: ClientResource[];
  /** number of resources by type */
  counts: Record<string, number>;
}

/** @returns the lines to print; prior authorizations are not counted as claims, because nothing was paid for them */
export function summaryLines({ patient, coverages, eobs, counts }: Records): string[] {
  const claims = (eobs as Eob[]).filter((eob) => eob.use === 'claim');
  const current = claims.filter((eob) => !isOver(eob));
  return [
    `member         ${nameOf(patient)} (Patient/${patient.id})`,
    `plan           ${plansOf(coverages)}`,
    `claims         ${claims.length}, and ${eobs.length - claims.length} prior authorizations`,
    `paid by plan   ${sumOf(current, paidOf)}`,
    `owed by member ${sumOf(current, owedOf)}`,
    `read           ${Object.entries(counts)
      .map(([type, count]) => `${count} ${type}`)
      .join(', ')}`,
  ];
}
