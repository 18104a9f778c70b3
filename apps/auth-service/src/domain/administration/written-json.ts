import { repeatedName } from '@patient-access/fhir';

/**
 * Reads JSON that people and programs of a plan write. A name that an object has twice is refused: JSON.parse takes the last
 * value and says nothing.
 *
 * @throws SyntaxError when it is not JSON
 * @throws Error that names the place of the second name
 */
export function parseWritten(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const twice = repeatedName(text, Buffer.from(text), value);
  if (!twice) return value;
  const { line, column } = twice;
  // Of a file with one object in each line, the reader says the line.
  const place = text.includes('\n') ? `line ${line}, column ${column}` : `column ${column}`;
  throw new Error(`${place}: its object has this name already`);
}
