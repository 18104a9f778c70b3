/**
 * @param name in lower case
 * @returns how often a request has a header. Of several, node:http shows only the first in `headers`
 */
export function headerTimes(name: string, rawHeaders: readonly string[]): number {
  let times = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at] ?? '';
    if (given.length === name.length && given.toLowerCase() === name) times += 1;
  }
  return times;
}
