/** The preview's Postgres, as a process of its own: a Ctrl-C at the terminal must not stop it before the services. */
import { startPostgres } from '@patient-access/testing';

const [dir = '', port = ''] = process.argv.slice(2);
try {
  await startPostgres({ dir, port: Number(port) });
  process.send?.('ready');
  // Stopping is the embedded server's own: its exit hook ends it with this process.
} catch (error) {
  process.send?.(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
