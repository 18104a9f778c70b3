import { GATEWAY_CLIENT_ID } from '@patient-access/smart';

/** The gateway's own credential at auth-service: HTTP Basic, form-encoded first (RFC 6749 section 2.3.1). */
export function gatewayCredential(secret: string): string {
  return `Basic ${Buffer.from(`${GATEWAY_CLIENT_ID}:${encodeURIComponent(secret)}`).toString('base64')}`;
}
