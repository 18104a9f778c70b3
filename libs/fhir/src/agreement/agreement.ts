/** What a plan says twice. The report about an import compares both, and says where they differ. */
import type { Resource } from '../resource.ts';

/** With a resource of the plan that the same service keeps. */
export interface PlanAgreement {
  /** its type */
  with: string;
  /** the number by which a resource names it; undefined: it names none */
  names(resource: Resource): string | undefined;
  /** the numbers by which resources name it */
  numbersOf(other: Resource): string[];
  /** @returns elements and codes, never values */
  differences(resource: Resource, other: Resource): string[];
}

/** A resource whose own figures differ from what the member's resources of its type add up to. */
export interface SumDifference {
  id: string;
  /** elements and codes, never values */
  where: string;
}

/** @param resources all of one member and one type */
export type SumCheck = (resources: readonly Resource[]) => SumDifference[];
