import { definitions, servedTypes } from './definitions.ts';
import { nearestName } from './nearest-name.ts';
import { BENEFIT_BALANCE } from './definitions/benefit-balance.ts';
import { methodNotAllowed, noSuchPath, notFound, type OperationError, tooWide } from './outcome.ts';
import { isId } from './resource.ts';

/** A FHIR interaction, as the URL shows it (http://hl7.org/fhir/R4/http.html). */
export type FhirInteraction =
  | { interaction: 'read'; type: string; id: string }
  | { interaction: 'vread'; type: string; id: string; version: string }
  | { interaction: 'history-instance'; type: string; id: string }
  | { interaction: 'search-type'; type: string }
  /** `operation` is its name without `$`; without `id` it was called on the type */
  | { interaction: 'operation'; operation: string; type: string; id?: string };

/** One more segment than any interaction has. A longer path is not an interaction. */
const MAX_SEGMENTS = 5;
const READS: readonly string[] = ['GET', 'HEAD'];
const OPERATION = /^\$([a-z][a-z-]{0,63})$/;

function operationAt(type: string, rest: string[]): FhirInteraction | undefined {
  const operation = OPERATION.exec(rest.at(-1) ?? '')?.[1];
  const [id] = rest.slice(0, -1);
  if (operation === undefined || rest.length > 2) return undefined;
  if (id === undefined) return { interaction: 'operation', operation, type };
  return isId(id) ? { interaction: 'operation', operation, type, id } : undefined;
}

function isServed(request: FhirInteraction): boolean {
  const definition = definitions.get(request.type);
  if (request.interaction === 'operation')
    return Object.hasOwn(definition?.operations ?? {}, request.operation);
  return definition?.interactions.includes(request.interaction) ?? false;
}

function methodsOf({ interaction }: FhirInteraction, path: string): readonly string[] {
  if (interaction === 'operation') return ['GET', 'HEAD', 'POST'];
  return path.endsWith('/_search') ? ['POST'] : READS;
}

function byShape(type: string, rest: string[]): FhirInteraction | undefined {
  const [first, second, third] = rest;
  if (first === undefined) return { interaction: 'search-type', type };
  if (rest.length === 1 && first === '_search') return { interaction: 'search-type', type };
  if (!isId(first)) return undefined;
  if (rest.length === 1) return { interaction: 'read', type, id: first };
  if (rest.length === 2 && second === '_history') return { interaction: 'history-instance', type, id: first };
  if (rest.length === 3 && second === '_history' && isId(third)) {
    return { interaction: 'vread', type, id: first, version: third as string };
  }
  return undefined;
}

const NO_BATCH = 'Batches and transactions are not taken: send each request by itself.';

/**
 * Refuses requests for several types at once: a compartment (`Patient/1/Observation`) and the whole system. No token
 * allows them (security cases F26, F29, F30).
 */
function refuseWideRequest(method: string, [type = '', ...rest]: readonly string[]): void {
  const ofCompartment = rest.length === 2 && isId(rest[0]) && definitions.has(rest[1] ?? '');
  const ofSystem = rest.length === 0 && ['', '_search'].includes(type);
  if (ofSystem && type === '' && method === 'POST') throw methodNotAllowed('GET, HEAD', NO_BATCH);
  if (ofCompartment || ofSystem) throw tooWide();
}

/** What may be repeated in an answer: a name, and no text that a reader could take for the server's own. */
const NAME = /^\$?[A-Za-z][A-Za-z0-9-]{0,63}$/;

const operationsOf = (type: string) =>
  Object.keys(definitions.get(type)?.operations ?? {}).map((name) => `${type}/$${name}`);

const everyOperation = () => servedTypes.flatMap(operationsOf).join(', ');

/** A search, or the history of a type, which no resource has as its address. */
const isShaped = (rest: readonly string[]): boolean => rest.length === 0 || rest[0] === '_history';

const offerOf = (type: string): string =>
  `${type} has no such interaction. It has: ${definitions.get(type)?.interactions.join(', ')}.`;

/** What everybody may read at a FHIR base. It is answered before anybody looks for a resource type. */
const PUBLISHED: readonly string[] = [
  'metadata',
  BENEFIT_BALANCE,
  'openapi.json',
  'postman.json',
  '.well-known/smart-configuration',
];

const refusalOfPublished = (method: string, path: string): OperationError | undefined =>
  PUBLISHED.includes(path) && !READS.includes(method) ? methodNotAllowed(READS.join(', ')) : undefined;

/** A path that no resource can have, so it says nothing of those that there are. */
const shapesOf = (type: string, [id]: readonly string[]): string =>
  isId(id)
    ? `A path is ${type}/id, ${type}/id/_history or ${type}/id/_history/version.`
    : `What follows ${type} is no id. An id has up to 64 letters, digits, - and dots. Is a placeholder still to be replaced?`;

/** The refusal of a path that is no interaction: it says which type or operation was probably meant. */
function refusalOfPath(type: string, rest: readonly string[]): OperationError {
  const operation = [type, ...rest].find((segment) => segment.startsWith('$'));
  if (operation !== undefined && NAME.test(operation)) {
    const own = operationsOf(type).join(', ');
    return noSuchPath(
      `There is no operation ${operation} at this place. ${own ? `${type} has ${own}.` : `The base of members has ${everyOperation()}.`}`,
    );
  }
  if (definitions.has(type))
    return isShaped(rest) ? noSuchPath(offerOf(type)) : noSuchPath(shapesOf(type, rest));
  if (type === '') return noSuchPath('One slash follows the FHIR base, not two: Patient, Patient/id.');
  if (type === '_history')
    return noSuchPath(
      'There is no history of all types. A resource has its own, at Type/id/_history, and a search finds what is new by _lastUpdated.',
    );
  if (!NAME.test(type)) return notFound();
  const meant = nearestName(type, servedTypes);
  return noSuchPath(
    `There is no resource type ${type} here. ${meant ? `Is ${meant} meant? ` : ''}The CapabilityStatement at metadata lists the types.`,
  );
}

/**
 * Finds out which interaction a request is. HEAD counts as GET.
 *
 * @param path below the FHIR base, without query. It is not percent-decoded, because no valid path needs encoding
 * @throws OperationError 403 for several types at once, 404 for a path that is not an interaction, 405 for a path
 * with other methods
 */
export function interactionOf(method: string, path: string): FhirInteraction {
  const [type = '', ...rest] = path.split('/', MAX_SEGMENTS);
  refuseWideRequest(method, [type, ...rest]);
  const request = operationAt(type, rest) ?? byShape(type, rest);
  if (!request || !isServed(request)) throw refusalOfPublished(method, path) ?? refusalOfPath(type, rest);
  const allowed = methodsOf(request, path);
  if (!allowed.includes(method)) throw methodNotAllowed(allowed.join(', ')) satisfies OperationError;
  return request;
}

/**
 * For a request without a token: a path whose first segment names neither a resource type nor an operation is nothing,
 * whoever asks. The refusal depends on the path alone.
 *
 * @param path as for {@link interactionOf}
 * @returns undefined for a path at which a token is asked for first
 */
export function refusalForEverybody(method: string, path: string): OperationError | undefined {
  const [type = '', ...rest] = path.split('/', MAX_SEGMENTS);
  const isSystem = rest.length === 0 && ['', '_search'].includes(type);
  if (isSystem || definitions.has(type) || OPERATION.test(type)) return undefined;
  return refusalOfPublished(method, path) ?? refusalOfPath(type, rest);
}
