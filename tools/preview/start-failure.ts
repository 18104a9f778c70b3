import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** @returns undefined when there is no such path, and when it is in a directory that we may not enter */
function uidOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** @returns the user who owns a path, or the nearest directory above it that we can see */
function ownerOf(path: string): { path: string; uid: number } {
  const uid = uidOf(path);
  return uid === undefined ? ownerOf(dirname(path)) : { path, uid };
}

function ownerHint(path: string): string {
  const owner = ownerOf(resolve(path));
  if (owner.uid === process.geteuid?.()) return '';
  return `; ${owner.path} belongs to user ${owner.uid}: start as that user, or delete it`;
}

/** @returns the line for what kept a program from starting; for a file of another user, also whose it is */
export function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  const isRefused = code === 'EACCES' || code === 'EPERM';
  return isRefused && path !== undefined ? `${error.message}${ownerHint(path)}` : error.message;
}
