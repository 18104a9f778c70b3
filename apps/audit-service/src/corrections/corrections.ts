/**
 * What operators corrected since a moment, read from the trail. A database of records that was put back to that moment does
 * not know of it, so it has to be done again (docs/operate.md, "Backup and restore").
 */
import type { Pool } from '@patient-access/database';
import { type AccessEvent, eventOf } from '@patient-access/events';
import { readTrail } from '../of-tenant.ts';

/** Loading a file again repeats none of these. */
const ACTS = ['withdraw', 'merge', 'unmerge', 'split', 'unsplit', 'plan-deleted'] as const;

const SINCE = `
  SELECT e.record FROM trail.audit_event e
   WHERE e.tenant = $1 AND e.kind = 'ingest' AND e.act = ANY($2) AND e.stored >= $3 ORDER BY e.recorded, e.id`;

/** Something that was corrected. */
export interface Correction {
  /** ISO 8601 */
  recorded: string;
  act: string;
  /** whose database it was done in */
  service: string;
  member?: string;
  /** who ran the command */
  by?: string;
  /** what was corrected, and why */
  what?: string;
  /** the command that does it again */
  again: string;
  /** what the command lacks, because the trail does not say it */
  add?: string;
}

/** As a shell reads it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const AGAIN: Record<(typeof ACTS)[number], (tenant: string, event: AccessEvent) => string> = {
  withdraw: (tenant, { member = '', request = '' }) => {
    const [record = '', ...reason] = request.split(': ');
    return `npm run -s import:withdraw -- --tenant ${tenant} --record ${record} --from ${member} --reason ${quoted(reason.join(': '))}`;
  },
  merge: personsAgain,
  unmerge: personsAgain,
  split: personsAgain,
  unsplit: personsAgain,
  'plan-deleted': (tenant) => `npm run -s import:delete-plan -- --tenant ${tenant} --confirm ${tenant}`,
};

/** @param state in which auth-service printed the change when it began */
const changeIn = (state: 'moving' | 'undoing'): string =>
  `change.json is what was printed when it began; if that is lost, take this change out of what identity changes prints, with "state": "${state}"`;

/** The trail of a person says neither whose a record is in truth, nor which records moved. */
const ADD: { readonly [act in (typeof ACTS)[number]]?: string } = {
  withdraw:
    'the same --to and --as, if the record was filed under another person: without them it is filed nowhere',
  merge: changeIn('moving'),
  unmerge: changeIn('undoing'),
  split: `the file of the records that went to the other person (--records); ${changeIn('moving')}`,
  unsplit: changeIn('undoing'),
};

/** What the change moved does not stand in the trail, where it would name one person to the other. */
function personsAgain(tenant: string, { action, request = '' }: AccessEvent): string {
  const records = action === 'split' ? ' --records <file>' : '';
  return `npm run -s import:persons -- --tenant ${tenant}${records} < change.json of the change ${changeOf(request)}`;
}

const changeOf = (request = '') => request.split(': ')[0];

/**
 * A merge that was taken back is not made again: the other databases refuse it where the person was merged otherwise since
 * (libs/fhir-store merge-persons.ts). Taking it back changes nothing where it is not.
 */
function withoutUndone(events: readonly AccessEvent[]): AccessEvent[] {
  const undone = new Set(
    events.filter(({ action }) => action === 'unmerge').map(({ request }) => changeOf(request)),
  );
  return events.filter(({ action, request }) => action !== 'merge' || !undone.has(changeOf(request)));
}

/**
 * @param auditor connections of the auditor role
 * @param since the moment to which a database of records was put back
 * @returns the oldest first, without merges that were taken back
 */
export function correctionsSince(auditor: Pool, tenant: string, since: Date): Promise<Correction[]> {
  return readTrail(auditor, tenant, async (client) => {
    const { rows } = await client.query<{ record: string }>(SINCE, [tenant, [...ACTS], since]);
    return withoutUndone(rows.map(({ record }) => eventOf(record))).map((event) => {
      const { recorded, action: act, service, member, user, request: what } = event;
      const add = ADD[act as (typeof ACTS)[number]];
      return {
        ...{ recorded, act, service },
        ...(member !== undefined && { member }),
        ...(user && { by: user.sub }),
        ...(what !== undefined && { what }),
        again: AGAIN[act as (typeof ACTS)[number]](tenant, event),
        ...(add !== undefined && { add }),
      };
    });
  });
}
