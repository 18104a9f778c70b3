/** An authenticator app (RFC 6238), as members have one. */
import { setTimeout as delay } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';

const STEP_MS = 30_000;
/** The time that a page and its form may take on a busy machine. */
const ARRIVES_MS = 5_000;

export interface Authenticator {
  /** @param steps from the present one */
  code(steps?: number): string;
  /**
   * The code of the previous step, which leaves the present one for the test. It waits when the step is about to
   * end, because the code would arrive too late.
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
