/** An authenticator app (RFC 6238), as members use it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';

const STEP_MS = 30_000;
/** The time that the page and its form may need on a busy machine. */
const ARRIVES_MS = 5_000;

export interface Authenticator {
  /** @param steps before or after the current time step */
  code(steps?: number): string;
  /**
   * The code of the previous step, so that the test can still use the current one. It waits if the step is about to
   * end, because the code would then arrive too late.
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
