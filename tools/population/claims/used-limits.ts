/** How much a member has used of what the plan pays for in a year at most. */
import { ROOM_LEFT, type YearlyLimit } from '../coverage/benefits.ts';
import type { Charge, Decision } from './adjudication.ts';

/** @returns what a decided line uses of a limit: a visit that was paid for, or the cents that the plan pays */
export const usedOf = (limit: YearlyLimit, { eligible, benefit }: Decision): number =>
  limit === 'therapy' ? Number(eligible > 0) : benefit;

export class UsedLimits {
  private readonly used = new Map<string, number>();

  /** @returns what `decide` says of the charge with the room that is left in the year, which is then less */
  within(charge: Charge, year: number, decide: (charge: Charge) => Decision): Decision {
    const { limit } = charge;
    if (!limit) return decide(charge);
    const key = `${limit}/${year}`;
    const before = this.used.get(key) ?? 0;
    const decision = decide({ ...charge, roomCents: ROOM_LEFT[limit](before) });
    this.used.set(key, before + usedOf(limit, decision));
    return decision;
  }
}
