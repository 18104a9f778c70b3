import pg from 'pg';

/** Runs a statement on a connection of its own. @param url the superuser's @returns the number of rows */
export async function query(url: string, statement: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
