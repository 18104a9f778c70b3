/**
 * Reads the messages of a server from the chunks in which they arrive. It does not copy messages that arrive whole.
 */
import pg from 'pg';

/** The type and the length. The length includes itself and not the type. */
const HEADER_BYTES = 5;

/**
 * @param onMessage gets the character code of the type, and the bytes behind the header as a view and not a copy
 * @returns a function to pass the chunks to
 */
export function messageReader(onMessage: (type: number, content: Buffer) => void): (chunk: Buffer) => void {
  /** the beginning of a message, in the pieces that have arrived */
  let pieces: Buffer[] = [];
  let have = 0;
  let needed = HEADER_BYTES;

  const keep = (piece: Buffer) => {
    pieces.push(piece);
    have += piece.length;
  };
  return (chunk) => {
    if (have + chunk.length < needed) return keep(chunk);
    const bytes = have === 0 ? chunk : Buffer.concat([...pieces, chunk]);
    [pieces, have, needed] = [[], 0, HEADER_BYTES];
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      if (end > bytes.length) {
        needed = end - at;
        break;
      }
      onMessage(bytes[at] ?? 0, bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    if (at < bytes.length) keep(bytes.subarray(at));
  };
}

/** The name of a column of a result, and the function that parses its text. */
export interface Column {
  name: string;
  parse(text: string): unknown;
}

/** Bytes behind a column's name: table, attribute, type, size, modifier, format. */
const COLUMN_BYTES = 18;
const TYPE_AT = 6;

/** Reads a RowDescription. */
export function readColumns(content: Buffer): Column[] {
  const columns: Column[] = [];
  let at = 2;
  for (let left = content.readInt16BE(0); left > 0; left -= 1) {
    const end = content.indexOf(0, at);
    const type = content.readInt32BE(end + 1 + TYPE_AT);
    columns.push({ name: content.toString('utf8', at, end), parse: pg.types.getTypeParser(type) });
    at = end + 1 + COLUMN_BYTES;
  }
  return columns;
}

/**
 * Reads a DataRow as an object.
 *
 * @param asBytes name of a column whose value stays bytes
 */
export function readRow(
  content: Buffer,
  columns: readonly Column[],
  asBytes: string,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  let at = 2;
  for (const { name, parse } of columns) {
    const length = content.readInt32BE(at);
    at += 4;
    if (length < 0) row[name] = null;
    else {
      row[name] =
        name === asBytes
          ? content.subarray(at, at + length)
          : parse(content.toString('utf8', at, at + length));
      at += length;
    }
  }
  return row;
}

/** The fields of an ErrorResponse, by their letters. */
const ERROR_FIELDS: Record<string, 'severity' | 'code' | 'message' | 'table' | 'constraint'> = {
  S: 'severity',
  C: 'code',
  M: 'message',
  t: 'table',
  n: 'constraint',
};

/** Reads an ErrorResponse into an error as node-postgres throws it. */
export function readError(content: Buffer): Error {
  const fields = content.toString().split('\0').filter(Boolean);
  const named = fields.flatMap((field) => {
    const name = ERROR_FIELDS[field.charAt(0)];
    return name ? [[name, field.slice(1)] as const] : [];
  });
  const { message = '', ...others } = Object.fromEntries(named);
  return Object.assign(new pg.DatabaseError(message, content.length, 'error'), others);
}

/** Reads a ParameterStatus. */
export function readParameter(content: Buffer): [name: string, value: string] {
  const [name = '', value = ''] = content.toString().split('\0');
  return [name, value];
}
