/**
 * Inserts many short rows. Each column comes as one array: with a parameter for each value of each row, reading the
 * statement took Postgres longer than inserting the rows.
 */
import type pg from 'pg';

/** The columns of a table with their types, in the order of the values of a row. */
type Columns = Readonly<Record<string, string>>;

/** Limits the size of one statement. */
const MAX_ROWS_PER_STATEMENT = 10_000;

/** An array of arrays would become one list, so a list comes as text. */
const isList = (type: string) => type.endsWith('[]');

function insertOf(table: string, columns: Columns): string {
  const entries = Object.entries(columns);
  const names = entries.map(([name]) => name).join(', ');
  const arrays = entries.map(([, type], at) => `$${at + 1}::${isList(type) ? 'text' : type}[]`).join(', ');
  const selected = entries.map(([name, type]) => (isList(type) ? `v.${name}::${type}` : `v.${name}`));
  return `INSERT INTO ${table} (${names}) SELECT ${selected.join(', ')} FROM unnest(${arrays}) AS v (${names})`;
}

const SPECIAL = /["\\]/;

/** An array as Postgres reads it. `pg` would look at the type of each item, and look through each text twice. */
function arrayText(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) {
    if (text !== '') text += ',';
    if (item === null || item === undefined) text += 'NULL';
    else {
      const each = Array.isArray(item) ? arrayText(item) : String(item);
      text += `"${SPECIAL.test(each) ? each.replaceAll(/["\\]/g, String.raw`\$&`) : each}"`;
    }
  }
  return `{${text}}`;
}

/**
 * @returns a function that inserts rows, each with a value for each column; the statement is prepared once for each
 * connection
 */
export function inserter(table: string, columns: Columns) {
  const insert = { name: `insert-${table}`, text: insertOf(table, columns) };
  const places = Object.keys(columns).map((_, at) => at);
  return async (client: pg.PoolClient, rows: readonly (readonly unknown[])[]): Promise<void> => {
    for (let from = 0; from < rows.length; from += MAX_ROWS_PER_STATEMENT) {
      const some = rows.slice(from, from + MAX_ROWS_PER_STATEMENT);
      await client.query({ ...insert, values: places.map((at) => arrayText(some.map((row) => row[at]))) });
    }
  };
}
