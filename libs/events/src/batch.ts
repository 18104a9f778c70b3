/**
 * How events travel: records of one producer, one tenant and one lane, signed together with the other batches of a delivery
 * (rule D14, ADR 52). Over Kafka a message holds one batch. Over HTTP a body holds several, with an empty line between them.
 */
import { hash } from 'node:crypto';
import { TENANT_ID } from '@patient-access/fhir';
import type { AccessEvent, RecordedEvent } from './access-event.ts';
import { parseArriving } from './arriving.ts';
import type { EventKeys, EventSigner } from './event-keys.ts';
import { beyondService } from './kinds-of-service.ts';
import { laneOf } from './lane.ts';
import { isSignedTogether, signTogether } from './shared-signature.ts';

/** An event as it is stored: its text, and its number among those of its producer. */
export interface BatchRecord {
  /** 1, 2, 3 … of the producer, without gaps over all of its batches */
  sequence: number;
  /** one line of JSON: an {@link AccessEvent} with the version of its form */
  text: string;
  /** where its request stands in a trace (W3C `traceparent`), if the trace is kept; neither signed nor stored */
  traceparent?: string;
}

export interface UnsignedBatch {
  /** who gave out the numbers: the recording service and a UUID, `claims-service/{uuid}` */
  producer: string;
  tenant: string;
  lane: number;
  /** ascending */
  records: readonly BatchRecord[];
}

export interface EventBatch extends UnsignedBatch {
  /** thumbprint of the key */
  kid: string;
  /** Ed25519 of the delivery, base64url, and the way there from {@link statementOf} this batch: {@link signTogether} */
  signature: string;
  /** where the broker was told to put it, beside what is signed; over HTTP nothing is told */
  key?: string;
  /** as told beside what is signed: the `traceparent`s of its records */
  traces?: readonly string[];
}

/** Where a batch goes: batches of one lane stay in order. */
export const partitionKey = ({ tenant, lane }: Pick<UnsignedBatch, 'tenant' | 'lane'>): string =>
  `${tenant}/${lane}`;

const PRODUCER = /^[a-z0-9-]{1,64}\/[0-9a-f-]{36}$/;
const HEAD = /^2 (\S+) (\S+) (\d{1,2}) (\S+) (\S+)$/;
/** `.` is not all of a line: it leaves out U+2028 and U+2029, which may stand in a record. */
const RECORD = /^([1-9]\d{0,14}) ([^\n]+)$/;
const DOMAIN = 'urn:payer-patient-access:batch:2';

/** @returns SHA-256 of a record's text, hex */
export const recordHash = (text: string): string => hash('sha256', text, 'hex');

/** What is signed: whose records they are and where they belong, and a line with number and hash of each. */
export const statementOf = (
  { producer, tenant, lane }: Pick<UnsignedBatch, 'producer' | 'tenant' | 'lane'>,
  numbered: readonly { sequence: number; hash: string }[],
): string =>
  [
    `${DOMAIN} ${producer} ${tenant} ${lane}`,
    ...numbered.map((each) => `${each.sequence} ${each.hash}`),
  ].join('\n');

const hashed = (records: readonly BatchRecord[]) =>
  records.map(({ sequence, text }) => ({ sequence, hash: recordHash(text) }));

/** Signs what is delivered together, once. */
export function signBatches(signer: EventSigner, batches: readonly UnsignedBatch[]): EventBatch[] {
  const signatures = signTogether(
    signer,
    batches.map((batch) => statementOf(batch, hashed(batch.records))),
  );
  return batches.map((batch, at) => ({ ...batch, kid: signer.kid, signature: signatures[at] ?? '' }));
}

/** {@link signBatches} of one. */
export const signBatch = (signer: EventSigner, batch: UnsignedBatch): EventBatch =>
  signBatches(signer, [batch])[0] as EventBatch;

/** @returns a line about the batch, and one for each record */
export const batchText = ({ producer, tenant, lane, kid, signature, records }: EventBatch): string =>
  [
    `2 ${producer} ${tenant} ${lane} ${kid} ${signature}`,
    ...records.map(({ sequence, text }) => `${sequence} ${text}`),
  ].join('\n');

/** @returns undefined when the text cannot be a batch */
export function parseBatch(text: string): EventBatch | undefined {
  const [first = '', ...lines] = text.split('\n');
  const [, producer, tenant, lane, kid, signature] = HEAD.exec(first) ?? [];
  const parsed = lines.map((line) => RECORD.exec(line));
  if (!producer || !tenant || !kid || !signature || lines.length === 0) return undefined;
  if (parsed.some((match) => match === null)) return undefined;
  const records = parsed.map((match) => ({ sequence: Number(match?.[1]), text: match?.[2] ?? '' }));
  return { producer, tenant, lane: Number(lane), kid, signature, records };
}

/** An event that a producer sent. */
export interface OpenedRecord {
  sequence: number;
  text: string;
  /** SHA-256 of the text, hex */
  hash: string;
  event: RecordedEvent;
}

/** A record that is none. Its number has arrived, and need not be sent again. */
interface InvalidRecord {
  record: BatchRecord;
  invalid: string;
}

/** A batch that its producer sent. */
export interface OpenedBatch {
  records: OpenedRecord[];
  invalid: InvalidRecord[];
  hashes: string[];
}

/** Why a batch is none that came under a key of somebody else. */
export const MISDIRECTED = 'the key names another tenant or lane than the batch';

/** @returns why the record is none of its batch */
const misplaced = (event: AccessEvent, { tenant, lane }: Pick<EventBatch, 'tenant' | 'lane'>) =>
  event.tenant === tenant && laneOf(event) === lane
    ? undefined
    : 'the record belongs to another tenant or lane than its batch';

/**
 * Reads what was delivered.
 *
 * @param takenAt when it was taken in, in milliseconds since the epoch: a key may have an end
 * @returns the records and those that are none, of a batch that its producer sent, and the SHA-256 of each in order, hex;
 *   otherwise why it is none. Nothing may then be believed of it but that its producer made it, where it is
 *   `misdirected`: somebody else sent it
 */
export function openBatch(
  keys: EventKeys,
  batch: EventBatch,
  takenAt: number,
): OpenedBatch | { rejected: string; misdirected: boolean } {
  const { producer, tenant, lane, kid, signature, key } = batch;
  const reject = (rejected: string, misdirected = false) => ({ rejected, misdirected });
  if (!PRODUCER.test(producer) || !TENANT_ID.test(tenant)) return reject('no producer, or no tenant');
  const numbered = hashed(batch.records);
  const service = producer.slice(0, producer.indexOf('/'));
  if (!isSignedTogether(keys, service, { kid, signature, statement: statementOf(batch, numbered) }, takenAt))
    return reject('the signature does not verify');
  if (numbered.some(({ sequence }, at) => sequence <= (numbered[at - 1]?.sequence ?? 0)))
    return reject('the numbers do not ascend');
  // Whoever sent it so is not its producer, which sends it again (security case T06).
  if (key !== undefined && key !== partitionKey(batch)) return reject(MISDIRECTED, true);
  const records: OpenedRecord[] = [];
  const invalid: InvalidRecord[] = [];
  batch.records.forEach((record, at) => {
    const parsed = parseArriving(record.text);
    if (!('event' in parsed)) return void invalid.push({ record, ...parsed });
    const { event } = parsed;
    const why = misplaced(event, { tenant, lane }) ?? beyondService(service, event);
    if (why === undefined) records.push({ ...record, hash: numbered[at]?.hash ?? '', event });
    else invalid.push({ record, invalid: why });
  });
  return { records, invalid, hashes: numbered.map((each) => each.hash) };
}

/** Sequence numbers, both ends included. */
export type SequenceRange = [first: number, last: number];
