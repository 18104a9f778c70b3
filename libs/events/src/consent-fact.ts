import { TENANT_ID } from '@patient-access/fhir';
import { z } from 'zod';
import { MAX_SCOPE_CHARACTERS, MAX_TEXT_CHARACTERS } from './access-event.ts';
import { type EventKeys, type EventSigner, isSignedBy } from './event-keys.ts';
import { oneLine } from './one-line.ts';

const MAX_LABELS = 256;
const MAX_LABEL_CHARACTERS = 256;

/** Why a grant ended early. */
export const END_REASONS = [
  // by the member on the page of connected apps
  'member',
  // by the app (RFC 7009)
  'app',
  // by the plan, as with a ban
  'plan',
  // by a new password
  'password',
  // a code or refresh token was used twice (RFC 9700 section 4.14)
  'reuse',
  // the login may no longer see this person's data
  'relation',
  // that person has come of age
  'of-age',
  // the time after that person's coverage or death is over
  'coverage',
  'death',
  // the plan ended all that was given before an instant
  'not-before',
  // a restored database does not know its newest tokens
  'restore',
  // the member took a part of it back, and a narrower one is in its place
  'narrowed',
  // the plan corrected whose the records are
  'corrected',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/**
 * What a member agreed to, and how the consent ended if it has ended. Each fact is complete, so facts may arrive twice,
 * late or in another order. A grant changes only once, when it ends, so there are at most two facts about one grant.
 */
export const ConsentFact = z.strictObject({
  tenant: z.string().regex(TENANT_ID),
  grantId: z.string().min(1).max(128),
  /** logical id of the Patient whose data the consent is about */
  member: z.string().min(1).max(64),
  /** the plan: its issuer, and the name that the member saw */
  plan: z.object({ iss: z.string(), name: z.string().max(MAX_TEXT_CHARACTERS) }),
  client: z.object({ id: z.string().max(MAX_TEXT_CHARACTERS), name: z.string().max(MAX_TEXT_CHARACTERS) }),
  /** who agreed: the login, and a relative FHIR reference to the person where the plan knows one */
  by: z.object({ sub: z.string(), reference: z.string().optional() }),
  /** as granted, space-separated */
  scope: z.string().max(MAX_SCOPE_CHARACTERS),
  /** sensitivity labels that the member released, `system|code` */
  labels: z.array(z.string().max(MAX_LABEL_CHARACTERS)).max(MAX_LABELS),
  granted: z.iso.datetime(),
  until: z.iso.datetime(),
  /** SHA-256 of the consent snapshot, hex; the access event has the same */
  snapshotSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** address of the signed receipt, which only the member can open */
  receipt: z.url(),
  ended: z
    .object({
      at: z.iso.datetime(),
      reason: z.enum([...END_REASONS, 'expiry']),
    })
    .optional(),
});
export type ConsentFact = z.infer<typeof ConsentFact>;

/** The one service that knows of consents. */
const AUTHOR = 'auth-service';

/** What is signed says what it is, so that no other signed text can be taken for a fact. */
const DOMAIN = 'patient-access.consents';
const statementOf = (body: string): string => `${DOMAIN}\n${body}`;

/** @returns one line, as it travels over Kafka and over HTTP: the key's id, an Ed25519 signature (base64url), the fact */
export function signFact(signer: EventSigner, fact: ConsentFact): string {
  const body = oneLine(JSON.stringify(fact));
  return `${signer.kid} ${signer.sign(statementOf(body))} ${body}`;
}

/** @param takenAt in milliseconds since the epoch @returns the fact, or why the text is not a fact and whether auth-service sent it (`authentic`) */
export function openFact(
  keys: EventKeys,
  text: string,
  takenAt: number,
): { fact: ConsentFact } | { invalid: string; authentic: boolean } {
  const [, kid = '', signature = '', body = ''] = /^(\S+) (\S+) ([^\n]+)$/.exec(text) ?? [];
  if (!isSignedBy(keys, AUTHOR, { kid, signature, statement: statementOf(body) }, takenAt))
    return { invalid: 'the signature does not verify', authentic: false };
  try {
    const result = ConsentFact.safeParse(JSON.parse(body));
    return result.success
      ? { fact: result.data }
      : { invalid: z.prettifyError(result.error), authentic: true };
  } catch (error) {
    return { invalid: `not JSON: ${String(error)}`, authentic: true };
  }
}
