/** The line of a request as the trail has it, without what could be about a member. */

/** A type, an operation, `_search` and the like; every other part of a path is an id. */
const NAMED = /^(?:[A-Z][A-Za-z]{1,63}|[$_][A-Za-z-]{1,63}|metadata)$/;
/** A parameter with its modifier or chain. What does not look like one may be anything. */
const PARAMETER = /^[A-Za-z_][A-Za-z_-]{0,39}(?:[.:][A-Za-z_-]{1,39}){0,3}$/;
const METHOD = /^[A-Z]{3,7}$/;

const ID = '{id}';
const VALUE = '…';

/** @param line `GET Observation/17?patient=3&code=x` @returns `GET Observation/{id}?patient=…&code=…` */
export function withoutValues(line: string): string {
  const [, method = '', path = '', query] = /^(\S+) ([^?]*)(?:\?(.*))?$/s.exec(line) ?? [];
  if (!METHOD.test(method)) return VALUE;
  const parts = path.split('/').map((part) => (part === '' || NAMED.test(part) ? part : ID));
  const names = (query ?? '').split('&').map((pair) => pair.split('=')[0] ?? '');
  const shown = names
    .filter((name) => name !== '')
    .map((name) => (PARAMETER.test(name) ? `${name}=${VALUE}` : VALUE));
  return `${method} ${parts.join('/')}${shown.length > 0 ? `?${shown.join('&')}` : ''}`;
}
