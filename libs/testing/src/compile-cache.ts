/** What Node has compiled of our programs, kept for their next start on this machine. */
import { resolve } from 'node:path';

/**
 * For the environment of a program (nodejs.org, module.enableCompileCache). A service needs a fifth less processor for its
 * start, a command a quarter. `npm ci` empties the folder.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../../node_modules/.cache/patient-access/compiled'),
};
