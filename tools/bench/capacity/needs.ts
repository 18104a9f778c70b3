/** What a payer needs: rows, disks, requests, processes. */
import { LANES } from '@patient-access/events';
import { storedBytesOf, coresOf, HOURS, type Loads, loadsOf, replicas, rowsOf, TB } from './loads.ts';
import { MEASURED } from './measured.ts';
import type { Payer } from './payer.ts';

export interface CapacityNeed {
  what: string;
  amount: number;
  /** of `amount` */
  unit: string;
  /** in words: from what it follows */
  from: string;
}

const need = (what: string, amount: number, unit: string, from: string): CapacityNeed => ({
  what,
  amount,
  unit,
  from,
});

function stored(payer: Payer, loads: Loads): CapacityNeed[] {
  const bytes = storedBytesOf(loads, payer);
  return [
    need('resources', rowsOf(loads) / 1e9, 'billion rows', 'what comes in a year, times the years'),
    need('Postgres of claims', bytes.claims / TB, 'TB', 'bytes of a claim'),
    need('Postgres of clinical', bytes.clinical / TB, 'TB', 'bytes of a clinical resource'),
    need('Postgres of coverage', bytes.coverage / TB, 'TB', 'bytes of a resource about coverage'),
    need('events of the trail', loads.eventsPerYear / 1e9, 'billion a year', 'requests and logins'),
    need('Postgres of audit', bytes.audit / TB, 'TB', `bytes of an event, ${payer.trailYears} years`),
  ];
}

const asked = ({ reads, pages, logins, events }: Loads): CapacityNeed[] => [
  need('requests at the peak', reads + pages, '/s', 'fetches of apps'),
  need('logins at the peak', logins, '/s', 'logins of members'),
  need('events at the peak', events, '/s', 'requests and logins'),
];

function processes(loads: Loads): CapacityNeed[] {
  const used = coresOf(loads);
  const requests = 'µs of a read and of a page';
  const tokens = 'logins, renewals of tokens';
  return [
    need('fhir-gateway', replicas(used.gateway), 'replicas', requests),
    need('owners, together', replicas(used.owners), 'replicas', requests),
    need('auth-service', replicas(used.auth), 'replicas', tokens),
    need('audit-service', replicas(used.trail / 2), 'replicas', 'half of the µs of the trail'),
    need('Postgres of the owners', used.ownersPostgres, 'cores', requests),
    need('Postgres of auth', used.authPostgres, 'cores', tokens),
    need(
      'partitions of the topic of events',
      Math.min(LANES, replicas(used.trail)),
      '',
      `one for each consumer, at most ${LANES} lanes of a plan`,
    ),
  ];
}

const loaded = (loads: Loads): CapacityNeed[] => [
  need('the first load', rowsOf(loads) / MEASURED.import.created / HOURS, 'hours', 'one import of one plan'),
  need('a day’s changes', loads.changes / MEASURED.import.created / HOURS, 'hours', 'the same'),
];

export function needs(payer: Payer): CapacityNeed[] {
  const loads = loadsOf(payer);
  return [...stored(payer, loads), ...asked(loads), ...processes(loads), ...loaded(loads)];
}
