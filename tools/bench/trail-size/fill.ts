/** A trail of any size, true to the letter: records in chains, with the signatures of the services that wrote them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AccessEvent,
  type EventSigner,
  eventSigner,
  laneOf,
  LANES,
  recordHash,
  recordOf,
  signBatch,
} from '@patient-access/events';
import type pg from 'pg';
import { BENCH_TENANT } from '../store.ts';
import { type Known, madeEvent } from './made-events.ts';

const MONTHS = 24;
/** What one statement stores. */
const CHUNK = 8_000;
const LOG_EVERY = 50;
const PRODUCER_ID = '00000000-0000-4000-8000-000000000001';

/** What audit-service stores with: an app is no library, its build is here to be looked at. */
const built = (file: string) => new URL(`../../../apps/audit-service/dist/${file}`, import.meta.url).href;
const { columnsOf } = (await import(built('columns.js'))) as {
  columnsOf(placed: { event: AccessEvent; producer: string; number: number }): Record<string, unknown> & {
    id: string;
    terms: string[];
  };
};
const { genesis, link } = (await import(built('chain.js'))) as {
  genesis(tenant: string, lane: number): Buffer;
  link(previous: Buffer, about: { seq: number; stored: string; id: string; digest: string }): Buffer;
};

const INSERT = `
  INSERT INTO trail.audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act,
         outcome, reason, service, client, login, grant_id, audience, terms, hash, record)
  SELECT $1, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act, outcome, reason, service,
         client, login, grant_id, audience, terms, decode(hash, 'hex'), record
    FROM json_to_recordset($2) AS e (lane smallint, seq bigint, number bigint, stored timestamptz, recorded timestamptz,
         disclosed integer, id text, producer text, member text, kind text, act text, outcome text, reason text, service text,
         client text, login text, grant_id text, audience text[], terms bigint[], hash text, record text)`;
const INSERT_BATCH = `
  INSERT INTO trail.batch (tenant, lane, from_seq, to_seq, first, last, stored, producer, kid, signature, sequences, elsewhere,
         hashes)
  SELECT $1, lane, from_seq, to_seq, first, last, stored, producer, kid, signature, sequences, '{}', decode(hashes, 'hex')
    FROM json_to_recordset($2) AS b (lane smallint, from_seq bigint, to_seq bigint, first bigint, last bigint,
         stored timestamptz, producer text, kid text, signature text, sequences bigint[], hashes text)`;

/** Of the superuser's connection: past the triggers by which the trail is append-only. */
export const OPTIONS = '-c session_replication_role=replica -c synchronous_commit=off';

async function wipe(client: pg.Client): Promise<void> {
  await client.query(
    'TRUNCATE trail.audit_event, trail.batch, trail.checkpoint, trail.chain_head, trail.transfer',
  );
  const months = `SELECT trail.prepare_month(now() - m * interval '1 month') FROM generate_series(0, ${MONTHS}) m`;
  await client.query(months);
}

/** @returns the keys of the installation's services, so that what is made also verifies */
export function signersIn(directory: string): ReadonlyMap<string, EventSigner> {
  return new Map(
    ['claims', 'auth'].map((name) => {
      const key = readFileSync(join(directory, `${name}-event-key.pem`), 'utf8');
      const service = `${name}-service`;
      return [service, eventSigner(service, key)];
    }),
  );
}

interface Numbered {
  event: AccessEvent;
  number: number;
  stored: string;
}

/** Where each lane has come to, and what was made of the next events. */
class MadeChains {
  readonly heads = Array.from({ length: LANES }, (_, lane) => ({
    seq: 0,
    hash: genesis(BENCH_TENANT, lane),
  }));
  private readonly signers: ReadonlyMap<string, EventSigner>;

  constructor(signers: ReadonlyMap<string, EventSigner>) {
    this.signers = signers;
  }

  /** @returns rows of trail.audit_event and of trail.batch, for events of one service and one lane */
  append(lane: number, service: string, events: readonly Numbered[]) {
    const head = this.heads[lane];
    const signer = this.signers.get(service);
    if (!head || !signer) throw new Error(`no lane ${lane}, or no key of ${service}`);
    const producer = `${service}/${PRODUCER_ID}`;
    const fromSeq = head.seq + 1;
    const rows = events.map(({ event, number, stored }) => {
      const text = recordOf(event);
      const digest = recordHash(text);
      const { terms, ...columns } = columnsOf({ event, producer, number });
      head.seq += 1;
      head.hash = link(head.hash, { seq: head.seq, stored, id: columns.id, digest });
      const hash = head.hash.toString('hex');
      return {
        ...columns,
        ...{ lane, seq: head.seq, number, stored, producer, hash, record: text },
        terms: `{${terms.join(',')}}`,
      };
    });
    const records = rows.map(({ number, record }) => ({ sequence: number, text: record }));
    const { kid, signature } = signBatch(signer, { producer, tenant: BENCH_TENANT, lane, records });
    const sequences = records.map(({ sequence }) => sequence);
    const batch = {
      ...{ lane, from_seq: fromSeq, to_seq: head.seq, producer, kid, signature },
      ...{ first: sequences[0], last: sequences.at(-1), stored: events[0]?.stored },
      sequences: `{${sequences.join(',')}}`,
      hashes: records.map(({ text }) => recordHash(text)).join(''),
    };
    return { rows, batch };
  }
}

async function store(client: pg.Client, chains: MadeChains, made: readonly Numbered[]): Promise<void> {
  // A batch is stored at one moment, and so is in one month.
  const groups = Map.groupBy(
    made,
    ({ event, stored }) => `${laneOf(event)} ${event.service} ${stored.slice(0, 7)}`,
  );
  const appended = [...groups.values()].map((same) => {
    const { event } = same[0] as Numbered;
    const stored = same.at(-1)?.stored ?? '';
    return chains.append(
      laneOf(event),
      event.service,
      same.map((each) => ({ ...each, stored })),
    );
  });
  await client.query(INSERT, [BENCH_TENANT, JSON.stringify(appended.flatMap(({ rows }) => rows))]);
  await client.query(INSERT_BATCH, [BENCH_TENANT, JSON.stringify(appended.map(({ batch }) => batch))]);
}

/**
 * Makes the tenant's trail anew, of `events` in true chains, evenly over two years, half a day ago the last.
 *
 * @param client connection of the superuser, with {@link OPTIONS} @returns the seconds that it took
 */
export async function fill(
  client: pg.Client,
  events: number,
  known: Known,
  signers: ReadonlyMap<string, EventSigner>,
): Promise<number> {
  const startedAt = performance.now();
  await wipe(client);
  const until = new Date(Date.now() - 12 * 3_600_000);
  const from = new Date(until);
  from.setUTCMonth(from.getUTCMonth() - MONTHS);
  const step = (until.getTime() - from.getTime()) / events;
  const chains = new MadeChains(signers);
  const made = (number: number): Numbered => {
    const stored = new Date(Math.round(from.getTime() + number * step));
    const event = madeEvent(number, events, known, new Date(stored.getTime() - 1_000));
    return { event, number, stored: stored.toISOString() };
  };
  for (let first = 1, chunk = 1; first <= events; first += CHUNK, chunk += 1) {
    const count = Math.min(CHUNK, events - first + 1);
    await store(
      client,
      chains,
      Array.from({ length: count }, (_, nth) => made(first + nth)),
    );
    if (chunk % LOG_EVERY === 0) console.error(`trail-size: ${first + count - 1} of ${events} events`);
  }
  for (const [lane, { seq, hash }] of chains.heads.entries())
    if (seq > 0)
      await client.query('INSERT INTO trail.chain_head VALUES ($1, $2, $3, $4, $5)', [
        ...[BENCH_TENANT, lane, seq, hash, until],
      ]);
  await client.query('VACUUM (ANALYZE) trail.audit_event, trail.batch');
  return (performance.now() - startedAt) / 1_000;
}
