import { spanOn, type Enrollment } from '../coverage/enrollment.ts';
import type { Line } from '../coverage/product.ts';
import { yearOf } from '../fhir/dates.ts';
import type { Random } from '../fhir/random.ts';
import { adjudicate, type Charge, type Decision, type YearToDate } from './adjudication.ts';
import { refusalOn } from './refusals.ts';

const DENIED_SHARE = 0.03;

/** Adjudicates a member's charges; call it in the order of the days, since the deductible runs out. */
export type Ledger = (charge: Charge, line: Line, day: number, inNetwork: boolean) => Decision;

export function ledgerOf(enrollment: Enrollment, random: Random): Ledger {
  const years = new Map<string, YearToDate>();
  return (charge, line, day, inNetwork) => {
    const { plan } = spanOn(enrollment, line, day);
    const key = `${line}/${yearOf(day)}`;
    const year = years.get(key) ?? { deductibleCents: 0, outOfPocketCents: 0 };
    years.set(key, year);
    const byChance = random.chance(DENIED_SHARE) && !charge.preventive;
    const isDenied = byChance || charge.isDenied === true;
    const refusal = isDenied ? refusalOn(day, charge.isAuthorized === true) : undefined;
    return adjudicate({ ...charge, isDenied, refusal }, plan, inNetwork, year);
  };
}
