/** How an access event travels: its text, its place in its producer's sequence, and a MAC over both (rule D14). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AccessEvent, parseAccessEvent, partitionKey } from './access-event.ts';

/** What a producer delivers. Over Kafka the body is the message and the rest its headers; over HTTP all is one line. */
export interface SignedMessage {
  /** the recording service and the id of its outbox, `claims-service/{uuid}` */
  producer: string;
  /** 1, 2, 3 … of this producer, without gaps */
  sequence: number;
  /** HMAC-SHA-256 of producer, sequence and body, base64url */
  mac: string;
  /** JSON of an {@link AccessEvent} */
  body: string;
  /** what the broker was told of tenant and member, beside what is signed; over HTTP nothing is */
  key?: string;
}

type Unsigned = Pick<SignedMessage, 'producer' | 'sequence' | 'body'>;

const PRODUCER = /^[a-z0-9-]{1,64}\/[0-9a-f-]{36}$/;
const SEQUENCE = /^[1-9]\d{0,14}$/;
const LINE = /^(\S+) (\d+) (\S+) ([^]+)$/;

const macOf = (secret: string, { producer, sequence, body }: Unsigned): Buffer =>
  createHmac('sha256', secret).update(`${producer}\n${sequence}\n${body}`).digest();

/** @param secret that the producers share with audit-service */
export function signMessage(secret: string, message: Unsigned): SignedMessage {
  return { ...message, mac: macOf(secret, message).toString('base64url') };
}

/** @returns one line: producer, sequence, MAC, body. The body is JSON, which has no line break. */
export const messageLine = ({ producer, sequence, mac, body }: SignedMessage): string =>
  `${producer} ${sequence} ${mac} ${body}`;

/** @returns undefined when the text cannot be a message */
export function parseMessageLine(line: string): SignedMessage | undefined {
  const [, producer, sequence, mac, body] = LINE.exec(line) ?? [];
  if (producer === undefined || mac === undefined || body === undefined) return undefined;
  return { producer, sequence: Number(sequence), mac, body };
}

/** Why a message is none that came under a key of somebody else. */
export const MISDIRECTED = 'the key names another tenant or member than the body';

/**
 * Reads what was delivered. `authentic` says whether a producer sent it: a message that is, and yet holds no event,
 * has arrived and must not be asked for again; of one that is not, nothing may be believed. `misdirected` is what was
 * signed of a message that a producer made and somebody else sent, under another key.
 *
 * @returns the event, or the reason why it is none
 */
export function openMessage(
  secret: string,
  message: SignedMessage,
): { event: AccessEvent } | { invalid: string; authentic: boolean; misdirected?: AccessEvent } {
  if (!PRODUCER.test(message.producer) || !SEQUENCE.test(String(message.sequence)))
    return { invalid: 'no producer, or no place in its sequence', authentic: false };
  const given = Buffer.from(message.mac, 'base64url');
  const expected = macOf(secret, message);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return { invalid: 'the MAC does not verify', authentic: false };
  const parsed = parseAccessEvent(message.body);
  if (!('event' in parsed)) return { ...parsed, authentic: true };
  // Whoever sent it so is not its producer, which sends it again (security case T06).
  if (message.key !== undefined && message.key !== partitionKey(parsed.event))
    return { invalid: MISDIRECTED, authentic: false, misdirected: parsed.event };
  return parsed;
}

/** Sequence numbers, both ends included. */
export type SequenceRange = [first: number, last: number];
