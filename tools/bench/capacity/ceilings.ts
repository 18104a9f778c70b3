/** What is single for a plan as the product is built, and how much of it a payer asks for. */
import { LANES } from '@patient-access/events';
import { storedBytesOf, coresOf, loadsOf, SECONDS_PER_DAY, TB } from './loads.ts';
import { MEASURED } from './measured.ts';
import type { Payer } from './payer.ts';

/** What a part can do at most as it is built, and what the payer asks of it. */
export interface Ceiling {
  what: string;
  /** of what it can do, the share that is asked for: 1 is the limit */
  share: number;
  why: string;
}

/** A machine that a plan can rent for one Postgres. */
const LARGE_POSTGRES = { cores: 64, terabytes: 32 };

/** @returns what is single for a plan, the one that is met first at the top */
export function ceilings(payer: Payer): Ceiling[] {
  const loads = loadsOf(payer);
  const [bytes, used] = [storedBytesOf(loads, payer), coresOf(loads)];
  const { cores: most, terabytes } = LARGE_POSTGRES;
  return [
    { what: 'disk of the Postgres of claims', share: bytes.claims / TB / terabytes, why: `${terabytes} TB` },
    {
      what: 'disk of the Postgres of clinical',
      share: bytes.clinical / TB / terabytes,
      why: `${terabytes} TB`,
    },
    {
      what: 'disk of the Postgres of audit',
      share: bytes.audit / TB / terabytes,
      why: `${terabytes} TB; old periods can be archived`,
    },
    {
      what: 'records that a verification reads in a day',
      share: (loads.eventsPerYear * payer.trailYears) / (MEASURED.verifiedPerSecond * SECONDS_PER_DAY),
      why: `${MEASURED.verifiedPerSecond} records/s were verified on two cores; it uses up to eight`,
    },
    {
      what: 'processors of the Postgres of the owners',
      share: used.ownersPostgres / most,
      why: `${most} cores, if all claims and clinical data were on one`,
    },
    {
      what: 'events stored for one plan',
      share: loads.events / MEASURED.eventsPerSecond,
      why: `${MEASURED.eventsPerSecond} events/s were seen on two cores; each of ${LANES} lanes is a place of its own`,
    },
  ].sort((one, other) => other.share - one.share);
}
