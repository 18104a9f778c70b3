/** The notice of 42 CFR Part 2 on pages that the gateway completes or joins. */
import { PART2_HEADER, part2Entry, part2Header } from '@patient-access/fhir';
import { part2ReleaseOf, type TokenClaims } from '@patient-access/smart';
import type { Headers } from '../proxy/proxy-headers.ts';

/** The header that an owner sets on a page with such records, for a page that the gateway added them to. */
export function part2HeadersOf(claims: TokenClaims): Headers {
  const release = part2ReleaseOf(claims);
  return release ? { [PART2_HEADER]: part2Header(release) } : {};
}

/** The entry that an owner writes for this token; undefined when no such records were released to it. */
export function noticeOf(claims: TokenClaims): string | undefined {
  const release = part2ReleaseOf(claims);
  return release && part2Entry(release);
}
