/** What no app gets, because a label on it is in no category of the product. */
import { DataSurvey } from '@patient-access/fhir-store/ingest';
import type { Stores } from './input.ts';

export interface WithoutCategory {
  /** `system|code` */
  label: string;
  /** how many of all that is stored */
  resources: number;
}

/** @returns sorted by label */
export async function withoutCategory(stores: Stores, tenant: string): Promise<WithoutCategory[]> {
  const sums = new Map<string, number>();
  for (const pool of stores.values())
    for (const { label, resources } of await new DataSurvey(pool, tenant).withoutCategory())
      sums.set(label, (sums.get(label) ?? 0) + resources);
  return [...sums]
    .map(([label, resources]) => ({ label, resources }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** In one line, for a person. The settings of a plan are not in these databases. */
export const saidWithoutCategory = ({ label, resources }: WithoutCategory): string =>
  `${resources.toLocaleString('en-US')} stored resources need the label ${label}: apps get them only if a category of your own (sensitive.own) has it`;
