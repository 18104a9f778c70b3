import { GATEWAY_CLIENT_ID } from '@patient-access/smart';

/**
 * The credential of the gateway at auth-service: HTTP Basic, whose id and secret are form-encoded first (RFC 6749
 * section 2.3.1).
 *
 * @returns the value of the Authorization header
 */
export function gatewayAuthorization(secret: string): string {
  return `Basic ${Buffer.from(`${GATEWAY_CLIENT_ID}:${encodeURIComponent(secret)}`).toString('base64')}`;
}
