/**
 * Inserts search values, of which a resource has ten on average. Each column comes as one array: with a parameter for
 * each value of each row, reading the statement took Postgres longer than inserting the rows.
 */
import type pg from 'pg';
import { VALUE_COLUMNS } from './value-rows.ts';

/** Limits the size of one statement. */
const MAX_ROWS_PER_STATEMENT = 10_000;

const columns = Object.entries(VALUE_COLUMNS);
/** An array of arrays would become one list, so a list comes as text. */
const isList = (type: string) => type.endsWith('[]');
const names = columns.map(([name]) => name).join(', ');
const arrays = columns.map(([, type], at) => `$${at + 1}::${isList(type) ? 'text' : type}[]`).join(', ');
const selected = columns
  .map(([name, type]) => (isList(type) ? `v.${name}::${type}` : `v.${name}`))
  .join(', ');
const INSERT = {
  name: 'insert-search-values',
  text: `INSERT INTO search_value (${names}) SELECT ${selected} FROM unnest(${arrays}) AS v (${names})`,
};

const SPECIAL = /["\\]/;

/** An array as Postgres reads it. `pg` would look at the type of each item, and look through each text twice. */
function arrayText(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) {
    if (text !== '') text += ',';
    if (item === null) text += 'NULL';
    else {
      const each = Array.isArray(item) ? arrayText(item) : String(item);
      text += `"${SPECIAL.test(each) ? each.replaceAll(/["\\]/g, String.raw`\$&`) : each}"`;
    }
  }
  return `{${text}}`;
}

/** @param rows with a value for each column of {@link VALUE_COLUMNS} */
export async function insertValueRows(
  client: pg.PoolClient,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += MAX_ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + MAX_ROWS_PER_STATEMENT);
    const values = columns.map((_, column) => arrayText(some.map((row) => row[column])));
    await client.query({ ...INSERT, values });
  }
}
