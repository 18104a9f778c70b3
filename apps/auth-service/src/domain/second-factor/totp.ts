/** Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 seconds, as authenticator apps expect. */
import { Secret, TOTP } from 'otpauth';

const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20;
/**
 * Steps before and after the current one that are accepted, for a clock that is wrong or a code that was typed late.
 */
const WINDOW_STEPS = 1;

/** @returns 160 random bits, base32 */
export const newTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

const totpOf = (secret: string): TOTP =>
  new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS });

/** @returns the text of the QR code */
export function keyUri(secret: string, { plan, login }: { plan: string; login: string }): string {
  const label = `${encodeURIComponent(plan)}:${encodeURIComponent(login)}`;
  const parameters = `secret=${secret}&issuer=${encodeURIComponent(plan)}&algorithm=SHA1&digits=6&period=${PERIOD_SECONDS}`;
  return `otpauth://totp/${label}?${parameters}`;
}

/** @returns the time step of `code`, if it is near `nowMs` */
export function stepOf(secret: string, code: string, nowMs: number): number | undefined {
  const delta = totpOf(secret).validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  return delta === null ? undefined : Math.floor(nowMs / 1000 / PERIOD_SECONDS) + delta;
}
