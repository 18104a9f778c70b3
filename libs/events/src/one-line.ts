const SEPARATOR = /[\u2028\u2029]/g;

/**
 * `JSON.stringify` leaves U+2028 and U+2029 as they are. Both end a line for `.` in a pattern and for `readline`. A client
 * can bring them into any text.
 *
 * @param json written without line breaks
 * @returns JSON of the same, which is one line for every reader of lines
 */
export const oneLine = (json: string): string =>
  json.replace(SEPARATOR, (separator) => (separator === '\u2028' ? '\\u2028' : '\\u2029'));
