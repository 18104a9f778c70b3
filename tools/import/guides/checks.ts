/** What resources of a tenant are checked against, besides R4. */
import { expectedIfPublished, expectedInSet, type GuideSet, ProfileValidator } from '@patient-access/fhir';
import { ConfigError } from '@patient-access/platform/config';
import { neededOf } from '../packages/needed.ts';
import { packagesDigest, packagesIn } from '../packages/packages.ts';
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
}

/** What resources are checked against, which is loaded when the first one has to be checked. */
export interface Checks {
  /** tell these definitions and expectations from others */
  marks: string[];
  isNaming: boolean;
  /** @throws ConfigError as packagesIn, or when the packages are others than the marks tell */
  load: () => Promise<LoadedPackages>;
}

interface CheckedBy {
  /** of what a plan publishes: always checked by its guide */
  tenant: string;
  /** by which a plan's own resources are checked; absent: by none that is shipped */
  guides?: GuideSet | undefined;
  /** with FHIR packages */
  folder?: string | undefined;
  /** which the plan loaded, and which exist therefore */
  planCodes?: PlanCodes;
}

/** @throws ConfigError when the folder cannot be read */
export function checksOf({ tenant, guides, folder, planCodes = NO_PLAN_CODES }: CheckedBy): Checks {
  const published = expectedIfPublished(tenant);
  const file = published ? PUBLISHED_FILE : guides;
  const expected = published ?? (guides && expectedInSet(guides));
  const isNaming = expected !== undefined;
  const digestOfFolder = () => (folder === undefined ? 'none' : packagesDigest(folder));
  const digest = digestOfFolder();
  const load = async (): Promise<LoadedPackages> => {
    const shipped =
      file === undefined ? { packages: [], resources: [] } : shippedDefinitions(file, planCodes);
    const own = folder === undefined ? [] : await packagesIn(folder, neededOf);
    if (digestOfFolder() !== digest)
      throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} has changed meanwhile: run it again`);
    const profiles = new ProfileValidator(
      [...shipped.resources, ...own.flatMap(({ resources }) => resources)],
      expected,
      knownCodes(planCodes),
    );
    return { names: [...shipped.packages, ...own].map(({ name }) => name).sort(), profiles, isNaming };
  };
  let loaded: Promise<LoadedPackages> | undefined;
  return {
    marks: [file ?? 'none', digest, ...[...planCodes].sort()],
    isNaming,
    load: () => (loaded ??= load()),
  };
}

/**
 * Loads the shipped definitions for a tenant, and the packages of a folder, whose definitions win over the shipped ones.
 *
 * @throws ConfigError as packagesIn
 */
export const loadChecks = async (
  tenant: string,
  guides?: GuideSet,
  folder?: string,
  planCodes?: PlanCodes,
): Promise<LoadedPackages> => checksOf({ tenant, guides, folder, ...(planCodes && { planCodes }) }).load();
