/** TLS of a Postgres that runs. */
import { chmodSync, chownSync, copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPair, waitUntil } from '@patient-access/testing';
import type pg from 'pg';

/** Switches TLS on. The files lie where Postgres expects them, and are its user's alone: otherwise it refuses the key. */
export async function switchOnTls(admin: pg.Client, pair: KeyPair): Promise<void> {
  const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory');
  const directory = String(rows[0]?.data_directory);
  const { uid, gid } = statSync(directory);
  for (const [from, name] of [
    [pair.certificateFile, 'server.crt'],
    [pair.keyFile, 'server.key'],
  ] as const) {
    const file = join(directory, name);
    copyFileSync(from, file);
    chmodSync(file, 0o600);
    chownSync(file, uid, gid);
  }
  await admin.query('ALTER SYSTEM SET ssl = on');
  await admin.query('SELECT pg_reload_conf()');
  await waitUntil(async () => (await admin.query<{ ssl: string }>('SHOW ssl')).rows[0]?.ssl === 'on');
}
