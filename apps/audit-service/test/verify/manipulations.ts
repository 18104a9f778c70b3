/** What an administrator of the database can do to a trail, and what the verifier has to say of it. */
import type { Problem } from '../../src/verify/verify-chain.ts';

export const RECORDS = 40;
export const MANIPULATED_TENANT = 'northwind';

export interface Place {
  /** number of a record, neither the first nor the last */
  at: number;
  /** number of another, later record */
  later: number;
  /** numbers of the signed records */
  signed: readonly number[];
  change(text: string, values?: unknown[]): Promise<void>;
  /** the first record of the batch of a record, and how many there are */
  batchOf(seq: number): Promise<{ from: number; size: number }>;
  /** Computes correct hashes for the records `first` to `last`. */
  rehash(first: number, last: number): Promise<void>;
}

const RECORD_OF_AN_EDIT = `replace(record, '"outcome":"0"', '"outcome":"4"') || ' '`;
/** Moves a record, and all behind it, by one. In two steps, because numbers are a key. */
const renumber = async ({ change }: Place, from: number, by: number) => {
  await change('UPDATE trail.audit_event SET seq = seq + 1000000 WHERE tenant = $1 AND seq >= $2', [
    MANIPULATED_TENANT,
    from,
  ]);
  await change('UPDATE trail.audit_event SET seq = seq - 1000000 + $2 WHERE tenant = $1 AND seq > 1000000', [
    MANIPULATED_TENANT,
    by,
  ]);
};
/** A record is gone: its batch has one less, and those behind it begin one earlier. In two steps as well. */
const moveBatchesUp = async ({ at, change }: Place) => {
  await change(
    'UPDATE trail.batch SET to_seq = to_seq - 1 WHERE tenant = $1 AND $2 BETWEEN from_seq AND to_seq',
    [MANIPULATED_TENANT, at],
  );
  await change('UPDATE trail.batch SET from_seq = from_seq + 1000000 WHERE tenant = $1 AND from_seq > $2', [
    MANIPULATED_TENANT,
    at,
  ]);
  await change(
    `UPDATE trail.batch SET from_seq = from_seq - 1000001, to_seq = to_seq - 1
      WHERE tenant = $1 AND from_seq > 1000000`,
    [MANIPULATED_TENANT],
  );
};
/** Hashes and what stands beside them are put right, as whoever owns the database can. @returns the size that its batch had */
async function removeWithoutTrace(place: Place): Promise<number> {
  const { at, change, rehash, batchOf } = place;
  const { size } = await batchOf(at);
  await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = $2', [MANIPULATED_TENANT, at]);
  if (size === 1)
    await change('DELETE FROM trail.batch WHERE tenant = $1 AND from_seq = $2', [MANIPULATED_TENANT, at]);
  await renumber(place, at, -1);
  await moveBatchesUp(place);
  await rehash(at, RECORDS - 1);
  return size;
}
/** No signature of a service tells of it: only the next checkpoint gives it away. */
function asNextCheckpointSays({ at, signed }: Place) {
  const next = Math.min(...signed.filter((seq) => seq >= at));
  return { seq: next, kind: next === RECORDS ? ('cut' as const) : ('rewritten' as const) };
}
const copy = (columns: string) => `
  INSERT INTO trail.audit_event (tenant, lane, seq, id, stored, number, recorded, disclosed, producer, member, kind, act,
         outcome, reason, service, client, login, grant_id, audience, terms, hash, record)
  SELECT tenant, lane, ${columns}, number, recorded, disclosed, producer, member, kind, act, outcome, reason, service,
         client, login, grant_id, audience, terms, hash, record
    FROM trail.audit_event WHERE tenant = $1 AND seq = $2`;
const COPIED_ID = "'00000000-0000-8000-a000-000000000000'";

/** What is done, and what has to be said of it. */
export const MANIPULATIONS: Readonly<
  Record<string, (place: Place) => Promise<Omit<Problem, 'tenant' | 'lane' | 'id'>>>
> = {
  async 'a record is edited'({ at, change }) {
    await change(
      `UPDATE trail.audit_event SET record = ${RECORD_OF_AN_EDIT} WHERE tenant = $1 AND seq = $2`,
      [MANIPULATED_TENANT, at],
    );
    return { seq: at, kind: 'altered' };
  },
  async 'a hash is edited'({ at, change }) {
    await change(`UPDATE trail.audit_event SET hash = sha256(hash) WHERE tenant = $1 AND seq = $2`, [
      MANIPULATED_TENANT,
      at,
    ]);
    return { seq: at, kind: 'altered' };
  },
  async 'an id is edited'({ at, change }) {
    await change(`UPDATE trail.audit_event SET id = ${COPIED_ID} WHERE tenant = $1 AND seq = $2`, [
      MANIPULATED_TENANT,
      at,
    ]);
    return { seq: at, kind: 'altered' };
  },
  async 'a record is edited and its own hash put right'({ at, change, rehash }) {
    await change(`UPDATE trail.audit_event SET record = record || ' ' WHERE tenant = $1 AND seq = $2`, [
      MANIPULATED_TENANT,
      at,
    ]);
    await rehash(at, at);
    return { seq: at, kind: 'altered' };
  },
  ...Object.fromEntries(
    [
      "member = 'somebody'",
      "client = 'another'",
      "outcome = outcome || '4'",
      'terms = terms[2:]',
      "recorded = recorded - interval '1 hour'",
    ].map((what) => [
      `beside a record, ${what}`,
      async ({ at, change }: Place) => {
        await change(`UPDATE trail.audit_event SET ${what} WHERE tenant = $1 AND seq = $2`, [
          MANIPULATED_TENANT,
          at,
        ]);
        return { seq: at, kind: 'columns' as const };
      },
    ]),
  ),
  async 'the time of storing is edited'({ at, change }) {
    await change(
      `UPDATE trail.audit_event SET stored = stored - interval '1 millisecond' WHERE tenant = $1 AND seq = $2`,
      [MANIPULATED_TENANT, at],
    );
    return { seq: at, kind: 'altered' };
  },
  async 'a record is deleted'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = $2', [MANIPULATED_TENANT, at]);
    return { seq: at, kind: 'missing' };
  },
  async 'the first record is deleted'({ change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = 1', [MANIPULATED_TENANT]);
    return { seq: 1, kind: 'missing' };
  },
  async 'the first records are deleted'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq <= $2', [MANIPULATED_TENANT, at]);
    return { seq: 1, kind: 'missing' };
  },
  async 'a record is deleted and the rest moved up'(place) {
    const { at, change } = place;
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = $2', [MANIPULATED_TENANT, at]);
    await renumber(place, at, -1);
    return { seq: at, kind: 'altered' };
  },
  async 'a record is deleted, the rest moved up, and all hashes put right'(place) {
    const size = await removeWithoutTrace(place);
    // A batch of this one record is gone with it.
    return size > 1 ? { seq: place.at, kind: 'removed' } : asNextCheckpointSays(place);
  },
  async 'a record is deleted and said to be stored elsewhere, the rest moved up, and all hashes put right'(
    place,
  ) {
    await place.change(
      `UPDATE trail.batch b SET elsewhere = ARRAY(SELECT unnest(b.elsewhere || a.number) ORDER BY 1) FROM trail.audit_event a
        WHERE a.tenant = $1 AND a.seq = $2 AND b.tenant = $1 AND $2 BETWEEN b.from_seq AND b.to_seq`,
      [MANIPULATED_TENANT, place.at],
    );
    await removeWithoutTrace(place);
    return asNextCheckpointSays(place);
  },
  async 'what its producer signed is gone'({ at, change, batchOf }) {
    const { from } = await batchOf(at);
    await change('DELETE FROM trail.batch WHERE tenant = $1 AND $2 BETWEEN from_seq AND to_seq', [
      MANIPULATED_TENANT,
      at,
    ]);
    return { seq: from, kind: 'unsigned' };
  },
  async 'a record is there twice'({ at, change }) {
    await change(copy(`seq, ${COPIED_ID}, stored + interval '1 millisecond'`), [MANIPULATED_TENANT, at]);
    return { seq: at, kind: 'surplus' };
  },
  async 'a record is inserted and the rest moved down'(place) {
    const { at, change } = place;
    await renumber(place, at, 1);
    await change(copy(`seq - 1, ${COPIED_ID}, stored`), [MANIPULATED_TENANT, at + 1]);
    return { seq: at, kind: 'altered' };
  },
  async 'two records are swapped'({ at, later, change }) {
    await change(
      `UPDATE trail.audit_event a SET record = b.record FROM trail.audit_event b WHERE a.tenant = $1 AND b.tenant = $1
          AND a.seq IN ($2, $3) AND b.seq = $2 + $3 - a.seq`,
      [MANIPULATED_TENANT, at, later],
    );
    return { seq: at, kind: 'altered' };
  },
  async 'two records change places'({ at, later, change }) {
    const move = 'UPDATE trail.audit_event SET seq = $3 WHERE tenant = $1 AND seq = $2';
    for (const [from, to] of [
      [at, 1_000_000],
      [later, at],
      [1_000_000, later],
    ])
      await change(move, [MANIPULATED_TENANT, from, to]);
    return { seq: at, kind: 'altered' };
  },
  async 'the tail is cut'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq >= $2', [MANIPULATED_TENANT, at]);
    return { seq: at, kind: 'cut' };
  },
  async 'the tail is cut and the head set back'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq >= $2', [MANIPULATED_TENANT, at]);
    await change(
      `UPDATE trail.chain_head h SET seq = a.seq, hash = a.hash FROM trail.audit_event a
        WHERE h.tenant = $1 AND a.tenant = $1 AND a.seq = $2`,
      [MANIPULATED_TENANT, at - 1],
    );
    await change('DELETE FROM trail.checkpoint WHERE records >= $1', [at]);
    return { seq: at, kind: 'cut' };
  },
  async 'the whole trail is gone'({ change }) {
    for (const table of ['audit_event', 'batch', 'chain_head', 'checkpoint'])
      await change(`TRUNCATE trail.${table}`);
    return { seq: 1, kind: 'cut' };
  },
};
