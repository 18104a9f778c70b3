/** The line of a request as the trail has it, without what could be about a member. */
import { FHIR_PATH, resourceShape } from '@patient-access/fhir';

/** What a path may begin with: a type, also one that R4 does not have, or what is at the base. */
const AT_BASE = /^(?:[A-Z][A-Za-z]{1,63}|metadata)$/;
/** An operation, `_search` and the like. No id has such a character. */
const OPERATION = /^[$_][A-Za-z-]{1,63}$/;
/** A parameter with its modifier or chain. What does not look like one may be anything. */
const PARAMETER = /^[A-Za-z_][A-Za-z_-]{0,39}(?:[.:][A-Za-z_-]{1,39}){0,3}$/;
const METHOD = /^[A-Z]{3,7}$/;
/** A route of the public host, of a request that was refused there. Nothing in it comes from the request. */
const ROUTE = new RegExp(`^/(?:${FHIR_PATH}|auth)/:tenant(?=/|$)`);
/** What stands before the path of a request whose token had ended. That of any other begins at the base. */
const BASE = new RegExp(`^/${FHIR_PATH}/[^/]+/?`);

const ID = '{id}';
const VALUE = '…';

/** An id may consist of letters alone, so behind the first part only a type of R4 is told. */
function isNamed(part: string, at: number): boolean {
  return OPERATION.test(part) || (at === 0 ? AT_BASE.test(part) : resourceShape(part) !== undefined);
}

function shownPath(path: string): string {
  if (ROUTE.test(path)) return path;
  const parts = path.replace(BASE, '').split('/');
  return parts.map((part, at) => (part === '' || isNamed(part, at) ? part : ID)).join('/');
}

/** What has no `=` may be the rest of a value in which `&` was not encoded. */
function shownParameter(pair: string): string {
  const [name = '', value] = pair.split('=');
  return value !== undefined && PARAMETER.test(name) ? `${name}=${VALUE}` : VALUE;
}

/** @param line `GET Observation/17?patient=3&code=x` @returns `GET Observation/{id}?patient=…&code=…` */
export function withoutValues(line: string): string {
  const [, method = '', path = '', query = ''] = /^(\S+) ([^?]*)(?:\?(.*))?$/s.exec(line) ?? [];
  if (!METHOD.test(method)) return VALUE;
  const shown = query.split('&').filter(Boolean).map(shownParameter);
  return `${method} ${shownPath(path)}${shown.length > 0 ? `?${shown.join('&')}` : ''}`;
}
