/**
 * The receipt for a consent: a Kantara Consent Receipt 1.1 as the claims of a JWT that the tenant signs with a key for
 * receipts alone (ADR 64). One claim of our own holds what Kantara has no field for, and the exact page that was shown.
 * So anybody who has the receipt can compute the SHA-256 of the page, and compare it with the AuditEvent and the FHIR
 * Consent.
 */
import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { requestedAccess } from '../../domain/consent/requested-access.ts';
import { canonical, sha256, type ConsentSnapshot } from '../../domain/consent/consent-snapshot.ts';
import { RECEIPT_ALGORITHM } from '../../domain/keys/receipt-keys.ts';
import type { SigningJwk } from '../../domain/keys/signing-keys.ts';
import { TEXTS } from '../../domain/pages/language.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { Agreement } from './agreements.ts';

/** Only receipts have this type, and nothing else that is signed with these keys (RFC 8725 section 3.11). */
export const RECEIPT_TYPE = 'consent-receipt+jwt';
const OWN_CLAIM = 'urn:payer-patient-access:consent';

type Issuer = Pick<Tenant, 'issuer' | 'name'>;

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

function purpose(agreement: Agreement, language: ConsentSnapshot['language']) {
  const { kindTexts } = TEXTS[language].consent;
  return {
    purpose: 'Access to health plan data by an app that the member chose',
    purposeCategory: ['Patient requested'],
    consentType: 'EXPLICIT',
    piiCategory: requestedAccess(agreement.scope).kinds.map(({ id }) => kindTexts[id].label),
    primaryPurpose: true,
    termination: agreement.until.toISOString(),
    thirdPartyDisclosure: true,
    thirdPartyName: agreement.clientName,
  };
}

function ownClaim(agreement: Agreement) {
  const { member, clientId, scope, labels, until, endedAt, reason, snapshot } = agreement;
  return {
    status: endedAt ? 'inactive' : 'active',
    ...(member !== null && { patient: member }),
    client_id: clientId,
    scope,
    labels,
    until: until.toISOString(),
    ...(endedAt && { ended: { at: endedAt.toISOString(), reason } }),
    snapshot,
    snapshot_sha256: sha256(snapshot),
  };
}

function claimsOf(tenant: Issuer, agreement: Agreement) {
  // A consent from the time before pages were stored has no page.
  const { plan = tenant.name, language = 'en' } = JSON.parse(agreement.snapshot) as Partial<ConsentSnapshot>;
  return {
    version: 'KI-CR-v1.1.0',
    jurisdiction: 'US',
    consentTimestamp: seconds(agreement.since),
    collectionMethod: 'Web page of the plan, after logging in',
    consentReceiptID: agreement.grantId,
    language,
    piiPrincipalId: agreement.sub,
    piiControllers: [{ piiController: plan }],
    services: [{ service: agreement.clientName, purposes: [purpose(agreement, language)] }],
    sensitive: true,
    spiCat: ['health', ...agreement.sensitive.split(' ').filter(Boolean)],
    [OWN_CLAIM]: ownClaim(agreement),
  };
}

/** What is read of the claims of a genuine receipt. */
export const Receipt = z
  .looseObject({
    iss: z.string(),
    iat: z.number(),
    consentTimestamp: z.number(),
    consentReceiptID: z.string(),
    piiPrincipalId: z.string(),
    spiCat: z.array(z.string()),
    services: z.tuple([z.looseObject({ service: z.string() })]),
    [OWN_CLAIM]: z.looseObject({
      patient: z.string().optional(),
      scope: z.string(),
      until: z.iso.datetime(),
      ended: z.object({ at: z.iso.datetime(), reason: z.string() }).optional(),
      snapshot: z.string(),
      snapshot_sha256: z.string(),
    }),
  })
  .transform(({ [OWN_CLAIM]: consent, ...claims }) => ({ ...claims, consent }));
export type Receipt = z.infer<typeof Receipt>;

/** The names of the kinds of data, which the scope says too. A later release may have other words for them, and more kinds. */
const NAMES: keyof ReturnType<typeof purpose> = 'piiCategory';

/**
 * @returns the claims without what changes when the consent ends, when the receipt is made again, and with a release, as one text
 */
function lastingClaims(claims: Record<string, unknown>, consent: Record<string, unknown>): string {
  const { iss: _iss, iat: _iat, ...receipt } = claims;
  const { status: _status, ended: _ended, ...agreed } = consent;
  const lasting = JSON.stringify({ ...receipt, consent: agreed }, (name, value: unknown) =>
    name === NAMES ? undefined : value,
  );
  return canonical(JSON.parse(lasting) as object);
}

/** @returns whether the plan's record of the consent says what the receipt says */
export function isConfirmedBy(tenant: Issuer, receipt: Receipt, agreement: Agreement): boolean {
  const { consent, ...claims } = receipt;
  const { [OWN_CLAIM]: recorded, ...others } = claimsOf(tenant, agreement);
  return lastingClaims(claims, consent) === lastingClaims(others, recorded);
}

/** @param jwk of `receiptSigningKey`. @returns compact JWS */
export async function signReceipt(tenant: Issuer, jwk: SigningJwk, agreement: Agreement): Promise<string> {
  return new SignJWT(claimsOf(tenant, agreement))
    .setProtectedHeader({ alg: RECEIPT_ALGORITHM, typ: RECEIPT_TYPE, kid: jwk.kid })
    .setIssuer(tenant.issuer)
    .setIssuedAt()
    .sign(createPrivateKey({ key: jwk, format: 'jwk' }));
}
