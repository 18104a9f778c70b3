/** `npm run audit -- acknowledge --records`: the operators sign for the foreign records that they name. */
import type { Operators } from '../restores/record-restore.ts';
import { act } from '../retention/acts.ts';
import { type Acknowledgement, acknowledgementStatements, type KnownRecord } from './acknowledgement.ts';
import { type Judged, newForeignRecords } from './new-foreign-records.ts';

type Means = Operators<Acknowledgement> & Judged;

const placeOf = ({ lane, seq, hash }: KnownRecord) => `${lane}:${seq}:${hash}`;

/**
 * Signs that the operators know of these records, and of no other. The event of the trail comes first: without it nothing is
 * published. When the publication fails, it can be said again, which leaves another event. The records stay.
 *
 * @param named by place and hash, as they were shown to the operators
 * @throws Error when one of them is no foreign record that waits for this, or when the trail has another problem
 */
export async function acknowledge(
  means: Means,
  { tenant, reason, by }: { tenant: string; reason: string; by: string },
  named: readonly KnownRecord[],
): Promise<Acknowledgement> {
  const waiting = new Map(
    (await newForeignRecords(means, tenant)).map((record) => [placeOf(record), record]),
  );
  const acknowledged = named.map((record): KnownRecord => {
    const found = waiting.get(placeOf(record));
    if (found) return found;
    const { lane, seq } = record;
    throw new Error(`record ${seq} of lane ${lane} is no foreign record with this hash that waits for it`);
  });
  const statement = await acknowledgementStatements.sign(means.key, { tenant, acknowledged, reason, by });
  const [first] = acknowledged;
  const request = `acknowledge foreign records, the first ${first?.lane}:${first?.seq}: ${reason}`;
  await act(means.owner, () => ({
    result: undefined,
    acts: [{ tenant, action: 'acknowledge', by, request, count: acknowledged.length }],
  }));
  await means.publish(statement);
  return statement;
}
