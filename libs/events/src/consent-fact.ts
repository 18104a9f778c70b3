import { createHmac, timingSafeEqual } from 'node:crypto';
import { TENANT_ID } from '@patient-access/fhir';
import { z } from 'zod';
import { MAX_SCOPE_CHARACTERS, MAX_TEXT_CHARACTERS } from './access-event.ts';

/** Where facts about consents go, from auth-service to the owner of Consent; partition key is `{tenant}/{member}`. */
export const CONSENT_TOPIC = 'patient-access.consents';

const MAX_LABELS = 256;
const MAX_LABEL_CHARACTERS = 256;

/**
 * What a member agreed to, and since it has ended how it ended: the whole of it each time, so that facts may come
 * twice, late or in another order. A grant never changes but for its end, so there are two facts about one at most.
 */
export const ConsentFact = z.strictObject({
  tenant: z.string().regex(TENANT_ID),
  grantId: z.string().min(1).max(128),
  /** logical id of the Patient whose data it is about */
  member: z.string().min(1).max(64),
  /** the plan, by its issuer and the name that was shown */
  plan: z.object({ iss: z.string(), name: z.string().max(MAX_TEXT_CHARACTERS) }),
  client: z.object({ id: z.string().max(MAX_TEXT_CHARACTERS), name: z.string().max(MAX_TEXT_CHARACTERS) }),
  /** who agreed: the login, and the person that it is as a relative FHIR reference, where the plan knows one */
  by: z.object({ sub: z.string(), reference: z.string().optional() }),
  /** as granted, space-separated */
  scope: z.string().max(MAX_SCOPE_CHARACTERS),
  /** labels of sensitive data that were released, `system|code` */
  labels: z.array(z.string().max(MAX_LABEL_CHARACTERS)).max(MAX_LABELS),
  granted: z.iso.datetime(),
  until: z.iso.datetime(),
  /** SHA-256 of the consent snapshot, hex: as in the access event */
  snapshotSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** address of the signed receipt, for the member alone */
  receipt: z.url(),
  ended: z
    .object({
      at: z.iso.datetime(),
      reason: z.enum(['member', 'app', 'plan', 'password', 'reuse', 'expiry']),
    })
    .optional(),
});
export type ConsentFact = z.infer<typeof ConsentFact>;

const macOf = (secret: string, body: string): Buffer =>
  createHmac('sha256', secret).update(`${CONSENT_TOPIC}\n${body}`).digest();

/**
 * @param secret that auth-service shares with the owner
 * @returns one line, as it travels over Kafka and over HTTP: an HMAC-SHA-256 (base64url) and the fact
 */
export function signFact(secret: string, fact: ConsentFact): string {
  const body = JSON.stringify(fact);
  return `${macOf(secret, body).toString('base64url')} ${body}`;
}

/** @returns the fact, or the reason why the text is none, and whether it is auth-service that sent it */
export function openFact(
  secret: string,
  text: string,
): { fact: ConsentFact } | { invalid: string; authentic: boolean } {
  const at = text.indexOf(' ');
  const [given, body] = [Buffer.from(text.slice(0, Math.max(at, 0)), 'base64url'), text.slice(at + 1)];
  const expected = macOf(secret, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return { invalid: 'the MAC does not verify', authentic: false };
  try {
    const result = ConsentFact.safeParse(JSON.parse(body));
    return result.success
      ? { fact: result.data }
      : { invalid: z.prettifyError(result.error), authentic: true };
  } catch (error) {
    return { invalid: `not JSON: ${String(error)}`, authentic: true };
  }
}
