/** The message that carries an access event: its text, its sequence number and a MAC over both (security rule D14). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AccessEvent, parseAccessEvent, partitionKey } from './access-event.ts';

/** What a producer delivers. Kafka carries the body as the message and the rest as headers. HTTP carries one line. */
export interface SignedMessage {
  /** the recording service and the id of its outbox, `claims-service/{uuid}` */
  producer: string;
  /** 1, 2, 3 …: each producer counts its own messages, without gaps */
  sequence: number;
  /** HMAC-SHA-256 of producer, sequence and body, base64url */
  mac: string;
  /** JSON of an {@link AccessEvent} */
  body: string;
  /** the key of the Kafka message, which the MAC does not cover; absent over HTTP */
  key?: string;
}

type Unsigned = Pick<SignedMessage, 'producer' | 'sequence' | 'body'>;

const PRODUCER = /^[a-z0-9-]{1,64}\/[0-9a-f-]{36}$/;
const SEQUENCE = /^[1-9]\d{0,14}$/;
const LINE = /^(\S+) (\d+) (\S+) ([^]+)$/;

const macOf = (secret: string, { producer, sequence, body }: Unsigned): Buffer =>
  createHmac('sha256', secret).update(`${producer}\n${sequence}\n${body}`).digest();

/** @param secret shared by the producers and audit-service */
export function signMessage(secret: string, message: Unsigned): SignedMessage {
  return { ...message, mac: macOf(secret, message).toString('base64url') };
}

/** @returns one line: producer, sequence, MAC, body. The body is JSON, so it holds no line break. */
export const messageLine = ({ producer, sequence, mac, body }: SignedMessage): string =>
  `${producer} ${sequence} ${mac} ${body}`;

/** @returns the message, not verified yet; undefined when the line does not have the form of one */
export function parseMessageLine(line: string): SignedMessage | undefined {
  const [, producer, sequence, mac, body] = LINE.exec(line) ?? [];
  if (producer === undefined || mac === undefined || body === undefined) return undefined;
  return { producer, sequence: Number(sequence), mac, body };
}

/** The reason that a misdirected message gets: its Kafka key is not the key of its signed body. */
export const MISDIRECTED = 'the key names another tenant or member than the body';

/**
 * Verifies and reads a message that was delivered.
 *
 * `authentic` says whether the producer sent the message. An authentic message without an event counts as arrived: the
 * producer need not send it again. Nothing in a message that is not authentic may be believed, its sequence number
 * included. `misdirected` is the signed event of a message that somebody else sent again under another key.
 *
 * @returns the event, or the reason why the message is refused
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
  // A producer always uses the right key, so somebody else sent this message. The producer's own copy still has to
  // arrive (security case T06).
  if (message.key !== undefined && message.key !== partitionKey(parsed.event))
    return { invalid: MISDIRECTED, authentic: false, misdirected: parsed.event };
  return parsed;
}

/** A range of sequence numbers; both ends belong to it. */
export type SequenceRange = [first: number, last: number];
