/** Claims that the plan decided again, because the member appealed. */
import { random } from '../fhir/random.ts';
import type { Scope } from '../scope.ts';

const SHARE = 0.4;
/** From the first decision to the one after the appeal. */
export const APPEAL_DAYS = 42;
/** In so many days after the care even a long stay is decided for the second time. */
const DONE_AFTER_DAYS = 75;

/** @returns whether the plan pays after an appeal what it refused of the care on a day */
export const isAppealed = ({ tenant, member, today }: Scope, day: number): boolean =>
  day + DONE_AFTER_DAYS < today && random(`${tenant.name}/appeal/${member.key}/${day}`).chance(SHARE);
