/** Makes a FHIR Consent from a fact about a member's agreement (http://hl7.org/fhir/R4/consent.html). */
import { createHash } from 'node:crypto';
import type { ConsentFact } from '@patient-access/events';
import { parseReference, type Resource } from '@patient-access/fhir';
import { provisionOf } from './provision.ts';
import { codeableConcept, codingOf } from './codes.ts';

/** Prefix of our own extensions, for facts for which Consent has no element. AuditEvents use the same. */
const EXTENSION = 'urn:payer-patient-access:';
/** Types that R4 allows as Consent.performer and Consent.verification.verifiedWith. */
const PERFORMERS = ['Patient', 'RelatedPerson'];

/**
 * The id of the Consent of a grant. A grant's own id has characters that a FHIR id may not have. So this takes the
 * start of a SHA-256 as a UUIDv8 (RFC 9562 section 5.8).
 */
function consentId({ tenant, grantId }: ConsentFact): string {
  const hex = createHash('sha256').update(`${tenant}\n${grantId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Who agreed: the login, and the member or representative as whom the plan knows it. */
function performer({ plan, by }: ConsentFact) {
  const known = PERFORMERS.includes(parseReference(by.reference)?.type ?? '');
  return {
    ...(known && { reference: by.reference }),
    identifier: { system: plan.iss, value: by.sub },
  };
}

function extensions({ scope, snapshotSha256, ended }: ConsentFact) {
  return [
    { url: `${EXTENSION}scope`, valueString: scope },
    { url: `${EXTENSION}snapshot-sha256`, valueString: snapshotSha256 },
    ...(ended ? [{ url: `${EXTENSION}ended-because`, valueCode: ended.reason }] : []),
  ];
}

/** The same fact always gives the same Consent, character for character. */
export function consentResource(fact: ConsentFact): Resource {
  const { plan, granted, ended, receipt } = fact;
  const who = performer(fact);
  return {
    resourceType: 'Consent',
    id: consentId(fact),
    // It names what was released: an app to which that is not released does not see it (ADR 53).
    ...(fact.labels.length > 0 && { meta: { security: fact.labels.map(codingOf) } }),
    extension: extensions(fact),
    identifier: [{ system: plan.iss, value: fact.grantId }],
    status: ended ? 'inactive' : 'active',
    scope: codeableConcept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [
      codeableConcept('http://loinc.org', '59284-0'),
      codeableConcept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'IDSCL'),
    ],
    patient: { reference: `Patient/${fact.member}` },
    dateTime: granted,
    performer: [who],
    organization: [{ identifier: { system: 'urn:ietf:rfc:3986', value: plan.iss }, display: plan.name }],
    sourceAttachment: { contentType: 'application/jwt', url: receipt, title: 'Consent receipt' },
    // Only data to which the member agreed is shared.
    policyRule: codeableConcept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
    // The member or the representative agreed after logging in, on a page that described the consent.
    verification: [
      { verified: true, ...('reference' in who && { verifiedWith: who }), verificationDate: granted },
    ],
    provision: provisionOf(fact),
  };
}
