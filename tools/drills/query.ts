import pg from 'pg';

/** Runs a statement on a connection of its own. */
async function answerTo(url: string, statement: string): Promise<pg.QueryResult<Record<string, string>>> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/** @param url the superuser's @returns the number of rows */
export const query = async (url: string, statement: string): Promise<number> =>
  (await answerTo(url, statement)).rowCount ?? 0;

/** @param url the superuser's @returns the value of a statement that has one column and one row */
export async function valueOf(url: string, statement: string): Promise<string> {
  const [row = {}] = (await answerTo(url, statement)).rows;
  return Object.values(row).join(' ');
}
