/** argon2id with OWASP's minimum parameters (Password Storage Cheat Sheet), stored as PHC strings. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { FairSemaphore, SemaphoreRefusal } from '@patient-access/concurrency';
import { isTooLong, normalizePassword } from './password-text.ts';

const MEMORY_KIB = 19 * 1024;
const PASSES = 2;
const PARALLELISM = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Floods of logins, and of new passwords, leave half of the cores for everything else, above all for tokens. */
export const PASSWORDS_AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2));
/** Checks that may wait: about one second of work. Further ones are answered with 503. */
const WAITING_CHECKS = 32;
/** On a slow machine that work takes longer, and the gateway waits five seconds for an answer. */
const LONGEST_WAIT_MS = 3_000;
const LEVEL = { permits: PASSWORDS_AT_ONCE, queue: WAITING_CHECKS };
const checks = new FairSemaphore({ levels: [LEVEL, LEVEL], waitMs: LONGEST_WAIT_MS });
/** They take turns: no number of new passwords keeps logins out, nor the other way round. */
type Purpose = 'check' | 'new';

/** Too many passwords are being checked or hashed: this one was not, or not in time. */
export class PasswordChecksBusy extends Error {
  readonly statusCode = 503;
  override readonly name = 'PasswordChecksBusy';
  /** seconds after which to try again */
  readonly retryAfter = 5;
}

const PREFIX = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$`;
const derive = promisify(argon2);

function hashWith(password: string, nonce: Buffer): Promise<Buffer> {
  const message = Buffer.from(normalizePassword(password));
  const parameters = { message, nonce, parallelism: PARALLELISM, tagLength: TAG_BYTES };
  return derive('argon2id', { ...parameters, memory: MEMORY_KIB, passes: PASSES });
}

const encode = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

async function whenFree<Result>(purpose: Purpose, work: () => Promise<Result>): Promise<Result> {
  try {
    return await checks.run([purpose], work);
  } catch (error) {
    throw error instanceof SemaphoreRefusal
      ? new PasswordChecksBusy('too many passwords are being checked or hashed')
      : error;
  }
}

/** @returns what to store. @throws PasswordChecksBusy when too many are being checked or hashed */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `${PREFIX}${encode(salt)}$${encode(await whenFree('new', () => hashWith(password, salt)))}`;
}

/** An unknown login is compared with this hash, which takes the same time and never matches. */
const NOBODY = `${PREFIX}${encode(randomBytes(SALT_BYTES))}$${encode(randomBytes(TAG_BYTES))}`;

/**
 * @param stored from {@link hashPassword}; undefined when there is no such login, which takes the same time
 * @throws Error when the stored hash was made with other parameters; PasswordChecksBusy when too many are being checked
 */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const hash = stored ?? NOBODY;
  if (!hash.startsWith(PREFIX)) throw new Error('a password hash has unknown parameters');
  const [salt = '', tag = ''] = hash.slice(PREFIX.length).split('$');
  const typed = isTooLong(password) ? '' : password;
  const actual = await whenFree('check', () => hashWith(typed, Buffer.from(salt, 'base64')));
  return timingSafeEqual(actual, Buffer.from(tag, 'base64')) && typed === password;
}
