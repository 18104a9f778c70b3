/** The notice of 42 CFR Part 2 on pages that the gateway completes or joins. */
import { PART2_HEADER, part2Entry, part2Header, type Part2Release } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import type { Headers } from '../proxy/proxy-headers.ts';

/** The scope of the release, as an owner takes it from the same token. */
function releaseOf({ part2, grant_id: grant, scope }: TokenClaims): Part2Release | undefined {
  if (!part2) return undefined;
  const { categories, from, until } = part2;
  return { grant, scope, categories, from, until };
}

/** The header that an owner sets on a page with such records, for a page that the gateway added them to. */
export function part2HeadersOf(claims: TokenClaims): Headers {
  const release = releaseOf(claims);
  return release ? { [PART2_HEADER]: part2Header(release) } : {};
}

/** The entry that an owner writes for this token; undefined when no such records were released to it. */
export function noticeOf(claims: TokenClaims): string | undefined {
  const release = releaseOf(claims);
  return release && part2Entry(release);
}
