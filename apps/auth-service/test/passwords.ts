/** The gate in front of argon2, which the service of the tests shares with them: one process. */
import { verifyPassword } from '../src/domain/accounts/password.ts';

/** More than may be checked or wait at the same time, on any machine. */
const MORE_THAN_ROOM = 256;

/**
 * Keeps the gate full. Whoever leaves it is back before the next request can come in.
 *
 * @returns what ends it
 */
export function fillPasswordChecks(): () => Promise<void> {
  let isOver = false;
  const keepPlace = async () => {
    let refused = 0;
    while (!isOver && refused < 2)
      await verifyPassword(undefined, 'anything').then(
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
