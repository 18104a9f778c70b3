/** Which categories of sensitive data are under 42 CFR Part 2, and what of a grant is. */
import { PART2_STATEMENT, SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import type { TenantSettings } from '../tenant/settings.ts';
import type { GrantSubject } from './grant-subject.ts';

/** The plan's categories under Part 2, with their labels. */
function part2Categories({ sensitive: { part2, own } }: TenantSettings): Map<string, readonly string[]> {
  const ofPlan = own.filter((category) => category.part2).map(({ id, labels }) => [id, labels] as const);
  return new Map([...part2.map((id) => [id, SENSITIVE_CATEGORIES[id]] as const), ...ofPlan]);
}

export const isUnderPart2 = (settings: TenantSettings, category: string): boolean =>
  part2Categories(settings).has(category);

/** The claim of a token by which services know which answers need the notice; nothing where nothing was released. */
export function part2Claim(
  settings: TenantSettings,
  { sensitive, categories, from, until }: GrantSubject,
): Pick<TokenClaims, 'part2'> {
  const released = [...part2Categories(settings)].filter(([id]) => categories.includes(id));
  const labels = released.flatMap(([, all]) => all).filter((label) => sensitive.includes(label));
  if (labels.length === 0) return {};
  return { part2: { labels, categories: released.map(([id]) => id), from, until } };
}

const NOT_CARRIED =
  'Your registration does not say (carries_redisclosure_limits) that your app keeps this notice and its limits with the records.';

/** What the token response tells an app to which such records were released (42 CFR § 2.32). */
export const part2ResponseNotice = (carriesLimits: boolean): string =>
  carriesLimits ? PART2_STATEMENT : `${PART2_STATEMENT} ${NOT_CARRIED}`;
