/** The gate in front of argon2, which the service of the tests shares with them: one process. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword, verifyPassword } from '../src/domain/accounts/password.ts';

/** More than may be checked or wait at the same time, on any machine. */
const MORE_THAN_ROOM = 256;

/**
 * Keeps the gate full. Whoever leaves it is back before the next request can come in.
 *
 * @param work what passes the gate
 * @returns what ends it
 */
function keepFull(work: () => Promise<unknown>): () => Promise<void> {
  let isOver = false;
  const keepPlace = async () => {
    let refused = 0;
    while (!isOver && refused < 2)
      await work().then(
        () => (refused = 0),
        () => (refused += 1),
      );
  };
  const places = Array.from({ length: MORE_THAN_ROOM }, keepPlace);
  return async () => {
    isOver = true;
    await Promise.all(places);
  };
}

/** Passwords are checked without end. */
export const fillPasswordChecks = () => keepFull(() => verifyPassword(undefined, 'anything'));
/** Passwords are set without end. */
export const fillNewPasswords = () => keepFull(() => hashPassword('anything'));

/**
 * Occupies the threads on which argon2 runs, so that no check ends: each opens a pipe to which nobody writes.
 *
 * @returns what lets them go
 */
export function holdThreads(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'threads-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  const held = Array.from({ length: threads }, () => open(pipe, 'r'));
  return async () => {
    const writer = openSync(pipe, 'r+');
    for (const reader of await Promise.all(held)) await reader.close();
    closeSync(writer);
    rmSync(folder, { recursive: true });
  };
}
