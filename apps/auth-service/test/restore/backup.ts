/** A backup of a database while its service runs, and its return in the database's place. */
import pg from 'pg';

const backupOf = (database: string) => `${database}_backup`;

/** Nobody is connected while the database is copied or renamed. */
async function alone(admin: pg.Client, database: string, work: () => Promise<void>): Promise<void> {
  await admin.query(`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS false`);
  await admin.query(
    'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
    [database],
  );
  await work();
}

async function asAdmin(adminUrl: string, work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

export const takeBackup = (adminUrl: string, database = 'auth'): Promise<void> =>
  asAdmin(adminUrl, async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${backupOf(database)}`);
    await alone(admin, database, async () => {
      await admin.query(`CREATE DATABASE ${backupOf(database)} TEMPLATE ${database}`);
    });
    await admin.query(`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS true`);
  });

/** What was in the database since the backup is lost. The backup stays for another time. */
export const putBackupBack = (adminUrl: string, database = 'auth'): Promise<void> =>
  asAdmin(adminUrl, async (admin) => {
    await alone(admin, database, async () => {
      await admin.query(`DROP DATABASE ${database}`);
      await admin.query(`CREATE DATABASE ${database} TEMPLATE ${backupOf(database)}`);
    });
  });
