import { userInfo } from 'node:os';

/**
 * Who runs a command, for the trail: the name of the user on this machine. A container may run as a number that has no name there
 * (OpenShift, or `runAsUser` of an overlay); then it is the number.
 *
 * @param find how the user is found
 */
export function actingUser(find: () => { username: string } = userInfo): string {
  try {
    return find().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
