/** What an app asked for in the sandbox of a preview tenant, to see whether it copes (docs/app-developers.md). */
import { throttled } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';

type Treatment = NonNullable<TokenClaims['sandbox']>;

/**
 * @returns how many milliseconds this request has to wait
 * @throws OperationError 429 while the grant is throttled
 */
export function treat({ retry_after, slow_ms = 0, slow_until = 0 }: Treatment): number {
  if (retry_after !== undefined) throw throttled(retry_after);
  return slow_until * 1000 > Date.now() ? slow_ms : 0;
}
