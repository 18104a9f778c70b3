/** Where a text stops to be JSON. JSON.parse says so for some faults only, and repeats what it was given. */

const AT_POSITION = /at position (\d+)/;
const RAN_OUT = /^Un(?:expected end|terminated string)/;

/** Is this JSON, or does it only lack more at its end? Every beginning of such a text is such a text too. */
function mayGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    return RAN_OUT.test(message) || Number(AT_POSITION.exec(message)?.[1]) === text.length;
  }
}

/** @returns the length of the longest beginning that may go on */
function soundLength(text: string): number {
  let [sound, beyond] = [0, text.length + 1];
  while (beyond - sound > 1) {
    const middle = Math.floor((sound + beyond) / 2);
    if (mayGoOn(text.slice(0, middle))) sound = middle;
    else beyond = middle;
  }
  return sound;
}

/**
 * @param text what JSON.parse has refused
 * @returns what is wrong, and where, for the developer; nothing of the text itself
 */
export function jsonFault(text: string): string {
  const sound = soundLength(text);
  const lines = text.slice(0, sound).split('\n');
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
  return sound === text.length
    ? `it ends too early, at ${place}`
    : `the first character that does not fit is at ${place}`;
}
