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

/** A resource with figures that differ from what a member's resources add up to. */
export interface SumDifference {
  type: string;
  id: string;
  /** elements and codes, never values */
  where: string;
}

/** Resources that can be added up, of one member. */
export interface SumAgreement {
  /** a type of another service, whose resources repeat the sums */
  with: string;
  /** @param resources all of one member and one type @param others those of the other type */
  differences(resources: readonly Resource[], others: readonly Resource[]): SumDifference[];
}
