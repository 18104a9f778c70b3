import type { World } from '../world.ts';

interface HeldRecords {
  /** @returns how many statements wait */
  waiting(): Promise<number>;
  release(): Promise<void>;
}

/** Keeps statements that store or delete records of this kind from ending, so that other requests come before that. */
export async function holdRecords(
  { db }: World,
  change: 'INSERT' | 'DELETE',
  model: string,
): Promise<HeldRecords> {
  const row = change === 'INSERT' ? 'NEW' : 'OLD';
  const lock = await db.connect();
  await lock.query(`
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN ${row}; END';
    CREATE TRIGGER hold BEFORE ${change} ON oidc_record FOR EACH ROW WHEN (${row}.model = '${model}') EXECUTE FUNCTION hold();
    SELECT pg_advisory_lock(1)`);
  const isHeld = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
  return {
    waiting: async () => (await lock.query(isHeld)).rowCount ?? 0,
    async release() {
      await lock.query('SELECT pg_advisory_unlock(1); DROP FUNCTION hold() CASCADE');
      lock.release();
    },
  };
}
