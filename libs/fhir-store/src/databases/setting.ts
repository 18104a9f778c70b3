import { DatabaseUrl } from '@patient-access/platform/config';
import { z } from 'zod';

/** The name of the database of `DATABASE_URL`. It has the plans of which nobody says that they are elsewhere. */
export const FIRST_DATABASE = 'default';

const Urls = z.record(
  z.string().regex(/^(?!default$)[a-z][a-z0-9-]{0,62}$/, 'names are lower case, and none is "default"'),
  DatabaseUrl,
);

/** Further databases of one service: a JSON object with a connection URL for each name. */
export const FurtherDatabases = z
  .string()
  .default('{}')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'not a JSON object' });
      return z.NEVER;
    }
  })
  .pipe(Urls);
