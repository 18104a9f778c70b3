import { definitions } from './definitions.ts';
import { methodNotAllowed, notFound, type OperationError } from './outcome.ts';
import { isId } from './resource.ts';

/** A FHIR interaction as its URL says it (http://hl7.org/fhir/R4/http.html). */
export type InteractionRequest =
  | { interaction: 'read'; type: string; id: string }
  | { interaction: 'vread'; type: string; id: string; version: string }
  | { interaction: 'history-instance'; type: string; id: string }
  | { interaction: 'search-type'; type: string };

function byShape(type: string, rest: string[]): InteractionRequest | undefined {
  const [first, second, third] = rest;
  if (first === undefined) return { interaction: 'search-type', type };
  if (rest.length === 1 && first === '_search') return { interaction: 'search-type', type };
  if (!isId(first)) return undefined;
  if (rest.length === 1) return { interaction: 'read', type, id: first };
  if (rest.length === 2 && second === '_history') return { interaction: 'history-instance', type, id: first };
  if (rest.length === 3 && second === '_history' && /^[1-9]\d{0,8}$/.test(third ?? '')) {
    return { interaction: 'vread', type, id: first, version: third as string };
  }
  return undefined;
}

/**
 * Which interaction is this? HEAD counts as GET.
 *
 * @param path below the FHIR base, without query, percent-decoding not applied: no legal path needs any
 * @throws OperationError 404 for a path that is no interaction, 405 for one that has other methods
 */
export function interactionOf(method: string, path: string): InteractionRequest {
  const [type = '', ...rest] = path.split('/');
  const request = byShape(type, rest);
  const served = definitions.get(type)?.interactions;
  if (!request || !served?.includes(request.interaction)) throw notFound();
  const allowed = rest[0] === '_search' ? ['POST'] : ['GET', 'HEAD'];
  if (!allowed.includes(method)) throw methodNotAllowed(allowed.join(', ')) satisfies OperationError;
  return request;
}
