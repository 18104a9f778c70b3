/** What a payer's members ask of the product, and what that takes: computed from what was measured. */
import { MEASURED } from './measured.ts';
import type { Payer } from './payer.ts';

export const SECONDS_PER_DAY = 86_400;
const DAYS_PER_YEAR = 365;
const DAYS_PER_MONTH = 30;
/** µs in a second of one processor */
const CORE = 1_000_000;
/** A process that waits for its turn answers late: no more than this share of a core is planned. */
const PLANNED = 0.6;
/** A token is asked about again as long as its app fetches: about a minute for each fetch, each 3.5 s. */
const RENEWALS_PER_FETCH = 17;

/** The loads that everything else follows from. */
export interface Loads {
  resources: Readonly<Record<'claims' | 'clinical' | 'coverage', number>>;
  /** at the peak, each second */
  reads: number;
  pages: number;
  logins: number;
  renewals: number;
  events: number;
  eventsPerYear: number;
  /** resources that change in a day */
  changes: number;
}

export function loadsOf(payer: Payer): Loads {
  const { members, perMemberYear: each, years, appShare, fetchesPerDay, peak } = payer;
  const users = members * appShare;
  const perSecond = (aDay: number) => (aDay / SECONDS_PER_DAY) * peak;
  const [reads, pages] = [users * fetchesPerDay * payer.reads, users * fetchesPerDay * payer.pages];
  const logins = (users * payer.loginsPerMonth) / DAYS_PER_MONTH;
  const renewals = users * fetchesPerDay * RENEWALS_PER_FETCH;
  // A refresh for each fetch, and five events for a login, beside one for each request.
  const events = reads + pages + users * fetchesPerDay + logins * 5;
  return {
    resources: {
      claims: members * each.claims * years,
      clinical: members * each.clinical * years,
      coverage: members * each.coverage * years,
    },
    reads: perSecond(reads),
    pages: perSecond(pages),
    logins: perSecond(logins),
    renewals: perSecond(renewals),
    events: perSecond(events),
    eventsPerYear: events * DAYS_PER_YEAR,
    changes: (members * (each.claims + each.clinical + each.coverage)) / DAYS_PER_YEAR,
  };
}

type Part = keyof typeof MEASURED.read;

/** @returns processors that a part uses at the peak for reads and pages */
const cores = ({ reads, pages }: Loads, part: Part): number =>
  (reads * MEASURED.read[part] + pages * MEASURED.page[part]) / CORE;

/** @returns processes of one thread */
export const replicas = (used: number): number => Math.max(2, Math.ceil(used / PLANNED));

/** @returns bytes on disk, by database */
export function storedBytesOf({ resources, eventsPerYear }: Loads, { trailYears }: Payer) {
  const { bytesPerResource: each, bytesPerEvent } = MEASURED;
  return {
    claims: resources.claims * each.claims,
    clinical: resources.clinical * each.clinical,
    coverage: resources.coverage * each.coverage,
    audit: eventsPerYear * trailYears * bytesPerEvent,
  };
}

/** @returns processors at the peak: of each kind of process, and of each Postgres */
export function coresOf(loads: Loads) {
  const { launch, renewal } = MEASURED;
  const auth = loads.logins * (launch.service + launch.password) + loads.renewals * renewal.service;
  const authPostgres = loads.logins * launch.postgres + loads.renewals * renewal.postgres;
  return {
    gateway: cores(loads, 'gateway') + (loads.logins * launch.gateway) / CORE,
    owners: cores(loads, 'owner'),
    auth: auth / CORE,
    trail: cores(loads, 'trail'),
    ownersPostgres: cores(loads, 'ownerPostgres'),
    authPostgres: authPostgres / CORE,
  };
}

export const HOURS = 3_600;
export const TB = 1e12;

/** @returns resources of all databases */
export const rowsOf = ({ resources }: Loads): number =>
  resources.claims + resources.clinical + resources.coverage;
