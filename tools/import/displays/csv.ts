/** Reads CSV (RFC 4180), and the same with tabs: fields in double quotes may hold commas, line ends and doubled quotes. */
const FIELDS = {
  ',': /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y,
  // A title in a file with tabs may have a quotation mark inside it.
  '\t': /(?:"((?:[^"]|"")*)"|([^"\t\r\n][^\t\r\n]*|))(\t|\r?\n|$)/y,
};

/**
 * @param separator between the fields
 * @returns the fields of each line; empty lines are left out
 * @throws Error with the number of the line that is not CSV
 */
export function rowsOfCsv(text: string, separator: keyof typeof FIELDS = ','): string[][] {
  const FIELD = FIELDS[separator];
  const rows: string[][] = [];
  let row: string[] = [];
  for (FIELD.lastIndex = 0; FIELD.lastIndex < text.length || row.length > 0;) {
    const found = FIELD.exec(text);
    if (!found) throw new Error(`row ${rows.length + 1} is not CSV`);
    const [, quoted, plain = '', end] = found;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === separator) continue;
    if (row.some((field) => field !== '')) rows.push(row);
    row = [];
  }
  return rows;
}
