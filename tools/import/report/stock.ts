/** Goes once through all that is stored of a plan, for what single resources cannot show. */
import type { Owner } from '@patient-access/fhir';
import type { DataSurvey } from '@patient-access/fhir-store/ingest';
import { RECORD_SERVICES } from '@patient-access/topology';
import { AgreementCheck, type Disagreement } from './agreements.ts';
import { ReferenceCheck, type ReferenceSurvey } from './references.ts';
import { SumChecks } from './sums.ts';

export interface StockSurvey {
  references: ReferenceSurvey;
  disagreements: Disagreement[];
}

/**
 * Reads all resources of a tenant, in memory that does not grow with its members.
 *
 * @param onProgress called with the number of resources read so far
 */
export async function surveyStock(
  surveys: ReadonlyMap<Owner, DataSurvey>,
  onProgress: (resources: number) => void = () => undefined,
): Promise<StockSurvey> {
  const references = new ReferenceCheck(surveys);
  const agreements = new AgreementCheck();
  const sums = new SumChecks(surveys, (type, id, where) => agreements.note(type, id, where));
  for (const owner of RECORD_SERVICES) {
    for await (const stored of surveys.get(owner)?.resources() ?? []) {
      await references.batch(stored.map(({ resource }) => resource));
      for (const each of stored) {
        agreements.see(each.resource);
        sums.see(each);
      }
      await sums.flush();
      onProgress(references.result.resources);
    }
    sums.end();
    await sums.flush();
  }
  return { references: references.finish(), disagreements: agreements.finish() };
}
