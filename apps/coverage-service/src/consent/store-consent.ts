import type { Pool } from '@patient-access/database';
import type { ConsentFact } from '@patient-access/events';
import { alone, Ingest } from '@patient-access/fhir-store';
import { consentResource } from './consent-resource.ts';

const GIVEN = 1;
const ENDED = 2;

/**
 * Stores what a fact says: version 1 as it was given, and once it has ended version 2. Facts may come twice, at the same
 * time, or the end before the beginning: versions only ever go up, and each holds the same whichever fact made it.
 *
 * @returns why it can never be stored, or undefined
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
