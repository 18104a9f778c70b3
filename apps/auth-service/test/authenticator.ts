/** An authenticator app (RFC 6238), as members have one. */
import { setTimeout as delay } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';

const STEP_MS = 30_000;
/** What a page and its form may take on a busy machine. */
const ARRIVES_MS = 5_000;

export interface Authenticator {
  /** @param steps after the one of now */
  code(steps?: number): string;
  /**
   * The code of the step before, which leaves the one of now for the test. Waits where the step is about to end: it would
   * be too old on arrival.
   */
  codeBefore(): Promise<string>;
}

/** @param secret base32, in groups as the page shows it */
export function authenticatorOf(secret: string): Authenticator {
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) });
  const code = (steps = 0) => totp.generate({ timestamp: Date.now() + steps * STEP_MS });
  return {
    code,
    async codeBefore() {
      while (STEP_MS - (Date.now() % STEP_MS) < ARRIVES_MS) await delay(100);
      return code(-1);
    },
  };
}
