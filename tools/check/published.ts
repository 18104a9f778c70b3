/** What plans of the preview publish has to fit the profiles of its guide. */
import { type ProfileValidator, PUBLICATIONS, publicationTenant, type Resource } from '@patient-access/fhir';
import { loadChecks } from '@patient-access/import';
import { published } from '@patient-access/population';

const PLANS = ['northwind', 'lakeside'];
const SEED = 1;

/** @returns a line for each finding */
export const findingsIn = (profiles: ProfileValidator, resources: readonly Resource[]): string[] =>
  resources.flatMap((resource) =>
    profiles
      .validate(resource)
      .flatMap(({ profile, findings }) =>
        findings.map(
          ({ location, rule, expected }) =>
            `${resource.resourceType}/${resource.id}, ${profile}: ${location} ${rule} ${expected}`,
        ),
      ),
  );

/** @returns what does not fit; undefined when everything does */
export async function publishedGaps(): Promise<string | undefined> {
  const found: string[] = [];
  for (const plan of PLANS)
    for (const name of PUBLICATIONS) {
      const tenant = publicationTenant(plan, name);
      const { profiles } = await loadChecks(tenant);
      found.push(...findingsIn(profiles, published(plan, SEED)[name]).map((each) => `${tenant}: ${each}`));
    }
  return found.length > 0 ? found.join('\n') : undefined;
}
