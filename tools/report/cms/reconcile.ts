/** Compares the transfers in the trail with the live counter. */
import type { Transfer } from '@patient-access/events';
import type { YearOfTransfers } from './transfers.ts';

export interface Reconciliation {
  trail: number;
  live: number;
  /** transfers that only the trail has */
  notCounted: number;
  /** transfers that only the counter has */
  notInTrail: number;
}

const keyOf = ({ member, client, day }: Transfer) => JSON.stringify([member, client, day]);

export function reconcileTransfers({ trail, live }: YearOfTransfers): Reconciliation {
  const [found, counted] = [new Set(trail.map(keyOf)), new Set(live.map(keyOf))];
  return {
    trail: found.size,
    live: counted.size,
    notCounted: [...found].filter((key) => !counted.has(key)).length,
    notInTrail: [...counted].filter((key) => !found.has(key)).length,
  };
}

export const agrees = ({ notCounted, notInTrail }: Reconciliation): boolean =>
  notCounted === 0 && notInTrail === 0;

export const sentence = ({ trail, live, notCounted, notInTrail }: Reconciliation): string =>
  `${trail} transfers in the trail, ${live} counted when they happened; ` +
  `${notCounted} of the trail were not counted, ${notInTrail} that were counted are not in the trail.`;
