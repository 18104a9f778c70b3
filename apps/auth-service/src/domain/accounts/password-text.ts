/** The text of a password, as it is counted, compared and hashed. */

/** Without a limit, a form field could cause any amount of hashing. */
export const MAX_PASSWORD_CHARACTERS = 256;

/** Another keyboard may spell `é` in another way, so it is the same password (NIST SP 800-63B-4 section 3.1.1.2). */
export const normalizePassword = (password: string): string => password.normalize('NFKC');

/** @returns code points */
export const charactersOf = (password: string): number => [...normalizePassword(password)].length;

/** No password is cut: a longer one is refused as a new one, and as a typed one it is wrong. */
export const isTooLong = (password: string): boolean => charactersOf(password) > MAX_PASSWORD_CHARACTERS;
