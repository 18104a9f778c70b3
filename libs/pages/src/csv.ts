/** Comma-separated values (RFC 4180), safe to open in a spreadsheet. */

type Cell = string | number | Date | null | undefined;

/**
 * A spreadsheet would read such a text as a formula (OWASP: CSV injection; ASVS 5.0, 1.2.10). With Japanese settings it reads the
 * wide signs as the usual ones. A quote in front of it makes it a text.
 */
const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/;

function cell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = value instanceof Date ? value.toISOString() : (value ?? '');
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** @returns rows; cells that are not numbers stand in quotes */
export const csvRows = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** By it Excel knows that a file is UTF-8: without it, it opens the file with wrong letters in names that are not English. */
const BYTE_ORDER_MARK = '\uFEFF';

/** @returns the rows with which a file begins */
export const firstCsvRows = (rows: readonly (readonly Cell[])[]): string => BYTE_ORDER_MARK + csvRows(rows);

/** @returns a file of a header and rows */
export const csv = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  firstCsvRows([header, ...rows]);
