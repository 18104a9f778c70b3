/** What a command that was stopped has withheld, and nobody has opened yet. */
import { openLeft } from '@patient-access/fhir-store/ingest';
import type { Stores } from './store/input.ts';

/**
 * Opens it, or says why it cannot be opened now. More is withheld then than has to be, which keeps no command from what it has to
 * do.
 */
export async function openOrSay(stores: Stores, tenant: string): Promise<void> {
  try {
    await openLeft([...stores.values()], tenant);
  } catch (error) {
    const { message, code, name } = error as NodeJS.ErrnoException;
    console.error(
      `a command that was stopped has left more withheld from apps than has to be, and that cannot be opened now (${message || code || name}). The next import tries again`,
    );
  }
}
