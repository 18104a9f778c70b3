import { GATEWAY_CLIENT_ID } from '@patient-access/smart';

/**
 * The credential that the gateway shows auth-service: HTTP Basic, with id and secret form-encoded first (RFC 6749 section
 * 2.3.1).
 *
 * @returns the value of the Authorization header
 */
export function gatewayAuthorization(secret: string): string {
  return `Basic ${Buffer.from(`${GATEWAY_CLIENT_ID}:${encodeURIComponent(secret)}`).toString('base64')}`;
}
