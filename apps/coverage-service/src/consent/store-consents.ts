import type { Pool } from '@patient-access/database';
import type { ConsentFact } from '@patient-access/events';
import { alone, Ingest } from '@patient-access/fhir-store/ingest';
import { consentResource } from './consent-resource.ts';

const GIVEN = 1;
/** Above all versions that a Consent gets because its person becomes another one (ADR 93), so that the end still counts. */
const ENDED = 1_000;

/**
 * Stores facts of one tenant as Consents, in one transaction: a first version when a consent was given, and in another one a
 * later version when it has ended. Facts may come twice, at the same time, or the end before the beginning. The version never
 * falls, and each version has the same content whichever fact it was made from.
 *
 * @returns the reasons why some can never be stored
 */
export async function storeConsents(
  pool: Pool,
  tenant: string,
  facts: readonly ConsentFact[],
): Promise<string[]> {
  const ingest = new Ingest(alone(pool), tenant);
  const store = async (version: number, each: readonly ConsentFact[]) => {
    if (each.length === 0) return [];
    const items = each.map((fact) => ({ resource: consentResource(fact), version, origin: fact.grantId }));
    const results = await ingest.store(items);
    return results.filter((result) => result.status === 'rejected');
  };
  const rejected = await store(
    GIVEN,
    facts.map(({ ended: _, ...given }) => given),
  );
  const never = new Set(rejected.map(({ origin }) => origin));
  const over = facts.filter(({ grantId, ended }) => ended && !never.has(grantId));
  return [...rejected, ...(await store(ENDED, over))].map(({ reason }) => reason);
}
