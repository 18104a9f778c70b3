import type { Pool } from '@patient-access/database';
import type { ConsentFact } from '@patient-access/events';
import { alone, Ingest } from '@patient-access/fhir-store';
import { consentResource } from './consent-resource.ts';

const GIVEN = 1;
/** Above all versions that a Consent gets because its person becomes another one (ADR 93), so that the end still counts. */
const ENDED = 1_000;

/**
 * Stores a fact as a Consent: a first version when the consent was given, and a later one when it has ended. Facts may come
 * twice, at the same time, or the end before the beginning. The version never falls, and each version has the same
 * content whichever fact it was made from.
 *
 * @returns the reason why it can never be stored, or undefined
 */
export async function storeConsent(pool: Pool, fact: ConsentFact): Promise<string | undefined> {
  const { ended: _, ...given } = fact;
  const versions = [
    { resource: consentResource(given), version: GIVEN, origin: fact.grantId },
    ...(fact.ended ? [{ resource: consentResource(fact), version: ENDED, origin: fact.grantId }] : []),
  ];
  const ingest = new Ingest(alone(pool), fact.tenant);
  for (const version of versions) {
    const [result] = await ingest.store([version]);
    if (result?.status === 'rejected') return result.reason;
  }
  return undefined;
}
