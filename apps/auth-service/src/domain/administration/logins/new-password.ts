/** A password that the plan sets for a login. */
import { ActRefused } from '../../act-refused.ts';
import { hashPassword } from '../../accounts/password.ts';
import { passwordOwner, type PasswordProblem, passwordProblem } from '../../accounts/password-rules.ts';
import { MAX_PASSWORD_CHARACTERS } from '../../accounts/password-text.ts';

type Owner = Parameters<typeof passwordOwner>;

const WHY: Record<PasswordProblem, (minCharacters: number) => string> = {
  short: (minCharacters) => `it needs ${minCharacters} characters or more`,
  long: () => `it has more than ${MAX_PASSWORD_CHARACTERS} characters`,
  common: () => 'many people use it, so it is guessed first',
  pattern: () => 'it is a row of keys or a repetition',
  expected: () => 'it is made of the names of the plan, the login or its persons',
};

/**
 * @returns the hash to store
 * @throws ActRefused when the rules of {@link passwordProblem} refuse it
 */
export async function hashNewPassword(
  tenant: Owner[0],
  account: Owner[1],
  password: string,
): Promise<string> {
  const owner = passwordOwner(tenant, account);
  const problem = passwordProblem(password, owner);
  if (problem) throw new ActRefused(`the password is refused: ${WHY[problem](owner.minCharacters)}`);
  return hashPassword(password);
}
