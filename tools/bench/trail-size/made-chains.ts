/** Records in chains, with the signatures of the services that wrote them: rows as audit-service stores them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AccessEvent,
  type EventSigner,
  eventSigner,
  recordHash,
  recordOf,
  signBatch,
} from '@patient-access/events';
import { BENCH_TENANT } from '../store.ts';
import type { CopiedRow } from './copy.ts';

const PRODUCER_ID = '00000000-0000-4000-8000-000000000001';

/** What audit-service stores with: an app is no library, its build is here to be looked at. */
export const built = (file: string): string =>
  new URL(`../../../apps/audit-service/dist/${file}`, import.meta.url).href;

const { columnsOf } = (await import(built('columns.js'))) as {
  columnsOf(placed: { event: AccessEvent; producer: string; number: number }): CopiedRow & { id: string };
};
const { genesis, link } = (await import(built('chain.js'))) as {
  genesis(tenant: string, lane: number): Buffer;
  link(previous: Buffer, about: { seq: number; stored: string; id: string; digest: string }): Buffer;
};

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

export interface MadeEvent {
  event: AccessEvent;
  number: number;
}

/** The end of a lane's chain. */
export interface ChainEnd {
  lane: number;
  seq: number;
  hash: Buffer;
  /** when its last record was stored */
  stored: string;
}

/** Where each lane has come to, and what was made of the next events. */
export class MadeChains {
  private readonly ends = new Map<number, ChainEnd>();
  private readonly signers: ReadonlyMap<string, EventSigner>;

  constructor(signers: ReadonlyMap<string, EventSigner>) {
    this.signers = signers;
  }

  get heads(): ChainEnd[] {
    return [...this.ends.values()];
  }

  /** @returns rows of trail.audit_event and one of trail.batch, for events of one service and one lane */
  append(lane: number, service: string, stored: string, events: readonly MadeEvent[]) {
    const head = this.ends.get(lane) ?? { lane, seq: 0, hash: genesis(BENCH_TENANT, lane), stored };
    this.ends.set(lane, head);
    const signer = this.signers.get(service);
    if (!signer) throw new Error(`no key of ${service}`);
    const producer = `${service}/${PRODUCER_ID}`;
    const fromSeq = head.seq + 1;
    head.stored = stored;
    const records = events.map(({ event, number }) => ({ event, sequence: number, text: recordOf(event) }));
    const hashes = records.map(({ text }) => recordHash(text));
    const rows = records.map(({ event, sequence: number, text }, at): CopiedRow => {
      const columns = columnsOf({ event, producer, number });
      head.seq += 1;
      head.hash = link(head.hash, { seq: head.seq, stored, id: columns.id, digest: hashes[at] ?? '' });
      const place = { tenant: BENCH_TENANT, lane, seq: head.seq, number, stored, producer };
      return { ...place, ...columns, hash: head.hash, record: text };
    });
    const { kid, signature } = signBatch(signer, { producer, tenant: BENCH_TENANT, lane, records });
    const sequences = records.map(({ sequence }) => sequence);
    const batch: CopiedRow = {
      ...{ tenant: BENCH_TENANT, lane, from_seq: fromSeq, to_seq: head.seq },
      ...{ first: sequences[0], last: sequences.at(-1), stored, producer, kid, signature, sequences },
      ...{ elsewhere: [], hashes: Buffer.from(hashes.join(''), 'hex') },
    };
    return { rows, batch };
  }
}
