/** What resources of a tenant are checked against, besides R4. */
import { expectedIfPublished, expectedInSet, type GuideSet, ProfileValidator } from '@patient-access/fhir';
import { packagesIn } from '../packages/packages.ts';
import { PUBLISHED_FILE } from './contents.ts';
import { knownCodes } from './known-codes.ts';
import { NO_PLAN_CODES, type PlanCodes } from './plan-codes.ts';
import { shippedDefinitions } from './shipped.ts';

export interface LoadedPackages {
  /** `name#version` */
  names: string[];
  profiles: ProfileValidator;
  /** are profiles expected, which resources that fit then name? */
  isNaming: boolean;
  /** tell these definitions and expectations from others */
  marks: string[];
}

/**
 * Loads the shipped definitions for a tenant, and the packages of a folder, whose definitions win over the shipped ones.
 *
 * @param tenant of what a plan publishes: always checked by its guide
 * @param guides by which a plan's own resources are checked; left out: by none that is shipped
 * @param folder with FHIR packages
 * @param planCodes which the plan loaded, and which exist therefore
 * @throws ConfigError as packagesIn
 */
export async function loadChecks(
  tenant: string,
  guides?: GuideSet,
  folder?: string,
  planCodes: PlanCodes = NO_PLAN_CODES,
): Promise<LoadedPackages> {
  const published = expectedIfPublished(tenant);
  const file = published ? PUBLISHED_FILE : guides;
  const shipped = file === undefined ? { packages: [], resources: [] } : shippedDefinitions(file, planCodes);
  const own = folder === undefined ? [] : await packagesIn(folder);
  const expected = published ?? (guides && expectedInSet(guides));
  return {
    names: [...shipped.packages, ...own].map(({ name }) => name).sort(),
    profiles: new ProfileValidator(
      [...shipped.resources, ...own.flatMap(({ resources }) => resources)],
      expected,
      knownCodes(planCodes),
    ),
    isNaming: expected !== undefined,
    marks: [
      file ?? 'none',
      ...shipped.packages.map(({ name }) => name),
      ...own.map(({ digest }) => digest),
      ...[...planCodes].sort(),
    ],
  };
}
