/** An operation that answers with one resource: the plan's own, or one that is computed where there is none (ADR 124). */
import type { Resource } from './resource.ts';

export interface Asked {
  /** the resource that the operation is called on, as `Type/id` */
  about: string;
  /** the member, as `Type/id` */
  member: string;
  /** now */
  at: Date;
}

/** What a plan states of the resources that it has loaded. */
export interface Complete {
  /** all since this day are here, ISO 8601 */
  since: string;
  /** the instant up to which they are known, ISO 8601 */
  upTo: string;
}

export interface ComputedAnswer {
  /** the type of the answer, which is kept by the service that keeps the type of the operation */
  type: string;
  /** a search of the plan's own answers, the newest first */
  search: readonly (readonly [string, string])[];
  own(found: readonly Resource[], asked: Asked): Resource | undefined;
  /** the type of the resources from which it is computed */
  from: string;
  /** @param found all of the member's @returns the answer without its type; undefined where these do not say enough */
  compute(found: readonly Resource[], asked: Asked, complete: Complete): object | undefined;
}
