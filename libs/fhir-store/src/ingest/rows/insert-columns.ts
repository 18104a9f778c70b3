/**
 * Inserts many rows. Each column comes as one array: with a parameter for each value of each row, reading the
 * statement took Postgres longer than inserting the rows.
 */
import type pg from 'pg';

/** How Postgres gets the values of a column. `json` is JSON that is stored as text, and never NULL. */
type ColumnType = 'text' | 'text[]' | 'json' | 'bytea' | 'smallint' | 'integer' | 'timestamptz' | 'numrange';

/** The columns of a table with their types, in the order of the values of a row. */
type Columns = Readonly<Record<string, ColumnType>>;

/** Limits the size of one statement. */
const MAX_ROWS_PER_STATEMENT = 10_000;

/** A control character, which JSON has only escaped: a body between two of them needs no escapes of its own. */
const BETWEEN_BODIES = '\u001f';

/** An array of arrays would become one list, so a list comes as text; bytes come in hexadecimal digits. */
const arrayOf = (type: ColumnType, parameter: string): string => {
  if (type === 'json') return `string_to_array(${parameter}::text, chr(${BETWEEN_BODIES.charCodeAt(0)}))`;
  return `${parameter}::${type === 'text[]' || type === 'bytea' ? 'text' : type}[]`;
};

const selectedAs = (type: ColumnType, value: string): string => {
  if (type === 'text[]') return `${value}::text[]`;
  return type === 'bytea' ? `decode(${value}, 'hex')` : value;
};

function insertOf(table: string, columns: Columns): string {
  const entries = Object.entries(columns);
  const names = entries.map(([name]) => name).join(', ');
  const arrays = entries.map(([, type], at) => arrayOf(type, `$${at + 1}`)).join(', ');
  const selected = entries.map(([name, type]) => selectedAs(type, `v.${name}`)).join(', ');
  return `INSERT INTO ${table} (${names}) SELECT ${selected} FROM unnest(${arrays}) AS v (${names})`;
}

const SPECIAL = /["\\]/;

const textOf = (item: unknown) => (Buffer.isBuffer(item) ? item.toString('hex') : String(item));

/** An array as Postgres reads it. `pg` would look at the type of each item, and look through each text twice. */
export function arrayText(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) {
    if (text !== '') text += ',';
    if (item === null || item === undefined) text += 'NULL';
    else {
      const each = Array.isArray(item) ? arrayText(item) : textOf(item);
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
  const types = Object.values(columns);
  return async (client: pg.PoolClient, rows: readonly (readonly unknown[])[]): Promise<void> => {
    for (let from = 0; from < rows.length; from += MAX_ROWS_PER_STATEMENT) {
      const some = rows.slice(from, from + MAX_ROWS_PER_STATEMENT);
      const values = types.map((type, at) => {
        const items = some.map((row) => row[at]);
        return type === 'json' ? items.join(BETWEEN_BODIES) : arrayText(items);
      });
      await client.query({ ...insert, values });
    }
  };
}
