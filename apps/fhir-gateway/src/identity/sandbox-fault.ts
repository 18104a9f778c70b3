/**
 * A fault that an app has set for itself in the sandbox of a preview tenant, to test how it copes
 * (docs/developers/sandbox.md).
 */
import { throttled } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';

type SandboxFault = NonNullable<TokenClaims['sandbox']>;

/**
 * @returns for how many milliseconds the request has to wait
 * @throws OperationError 429 while the grant is throttled
 */
export function applyFault({ retry_after, slow_ms = 0, slow_until = 0 }: SandboxFault): number {
  if (retry_after !== undefined) throw throttled(retry_after);
  return slow_until * 1000 > Date.now() ? slow_ms : 0;
}
