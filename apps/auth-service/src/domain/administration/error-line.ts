import { z } from 'zod';

/** @returns one line, whatever went wrong */
export function errorLine(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message.trim() : String(error);
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}
