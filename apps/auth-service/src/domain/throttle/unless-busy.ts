import { PasswordChecksBusy } from '../accounts/password.ts';
import type { Throttle, ThrottledAttempt } from './throttle.ts';

/** Checks or hashes the password of an attempt. What cannot be done now is no attempt. @throws PasswordChecksBusy */
export async function unlessBusy<Result>(
  throttle: Throttle,
  attempt: ThrottledAttempt,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PasswordChecksBusy) await throttle.notMade(attempt);
    throw error;
  }
}
