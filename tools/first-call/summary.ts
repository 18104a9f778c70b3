/** A summary of a member's claims. */
import type { ClientResource } from './fhir-client.ts';

interface Money {
  value: number;
}
interface Total {
  category: { coding?: { code?: string }[] };
  amount: Money;
}
interface Eob extends ClientResource {
  use?: string;
  total?: Total[];
  payment?: { amount?: Money };
}

const cents = (money: Money | undefined) => Math.round((money?.value ?? 0) * 100);
const dollars = (amountCents: number) =>
  `$${(amountCents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;

function totalOf(eob: Eob, code: string): number {
  const total = eob.total?.find(({ category }) => category.coding?.some((coding) => coding.code === code));
  return cents(total?.amount);
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
  const paid = claims.reduce((sum, eob) => sum + cents(eob.payment?.amount), 0);
  const owed = claims.reduce((sum, eob) => sum + totalOf(eob, 'memberliability'), 0);
  return [
    `member         ${nameOf(patient)} (Patient/${patient.id})`,
    `plan           ${plansOf(coverages)}`,
    `claims         ${claims.length}, and ${eobs.length - claims.length} prior authorizations`,
    `paid by plan   ${dollars(paid)}`,
    `owed by member ${dollars(owed)}`,
    `read           ${Object.entries(counts)
      .map(([type, count]) => `${count} ${type}`)
      .join(', ')}`,
  ];
}
