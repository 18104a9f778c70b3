import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** @returns the user who owns a path, or the nearest directory above it that there is */
function ownerOf(path: string): { path: string; uid: number } {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? { path, uid: found.uid } : ownerOf(dirname(path));
}

function ownerHint(path: string): string {
  try {
    const owner = ownerOf(path);
    if (owner.uid === process.getuid?.()) return '';
    return `; ${owner.path} belongs to user ${owner.uid}: start as that user, or delete it`;
  } catch {
    return '';
  }
}

/** @returns the line for what kept a program from starting; for a file of another user, also whose it is */
export function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  const isRefused = code === 'EACCES' || code === 'EPERM';
  return isRefused && path !== undefined ? `${error.message}${ownerHint(path)}` : error.message;
}
