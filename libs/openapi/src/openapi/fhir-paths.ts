/** The paths of the FHIR API, made from the definitions. */
import { definitions, servedTypes } from '@patient-access/fhir';
import { FHIR_FAILURES, QUOTA_HEADERS } from './failures.ts';
import {
  HISTORY_PARAMETERS,
  ID_PARAMETER,
  OPERATION_PARAMETERS,
  type OpenApiParameter,
  READ_PARAMETERS,
  resolved,
  searchParameters,
  VERSION_PARAMETER,
} from './search-parameters.ts';

/** A Paths Object (https://spec.openapis.org/oas/v3.1.1#paths-object). */
export type Paths = Readonly<Record<string, object>>;

const succeeds = (
  description: string,
  schema: string,
  { headers = [], content = {} }: { headers?: readonly string[]; content?: object } = {},
) => ({
  '200': {
    description,
    headers: Object.fromEntries(
      [...headers, 'X-Request-ID', ...QUOTA_HEADERS].map((name) => [
        name,
        { $ref: `#/components/headers/${name}` },
      ]),
    ),
    content: { 'application/fhir+json': { schema: { $ref: `#/components/schemas/${schema}` } }, ...content },
  },
});

/** @returns the scope that opens everything of a type; what cannot be searched has no letter `s` */
const scopeOf = (type: string) =>
  `patient/${type}.${definitions.get(type)?.interactions.includes('search-type') ? 'rs' : 'r'}`;

/** What all operations of a type have in common. */
function operation(type: string, operationId: string, summary: string, description: string) {
  return {
    operationId,
    tags: [type],
    summary,
    description,
    security: [{ smart: [scopeOf(type)] }],
  };
}

const answers = (description: string, schema: string) => ({
  responses: { ...succeeds(description, schema), ...FHIR_FAILURES },
});

/**
 * How a form repeats a parameter. It is the default, but clients that openapi-generator makes join the values with commas if
 * nothing is said, and a comma means or.
 */
const REPEATED = { style: 'form', explode: true };

/**
 * The same parameters as a form (http://hl7.org/fhir/R4/http.html#search).
 *
 * @param others media types that the body may have besides
 */
function asForm(parameters: readonly OpenApiParameter[], others: object = {}) {
  const fields = parameters.map(resolved).map(({ name, schema }) => [String(name), schema] as const);
  const repeated = fields.filter(([, schema]) => (schema as { type?: string }).type === 'array');
  return {
    requestBody: {
      description: 'The parameters of the GET.',
      content: {
        'application/x-www-form-urlencoded': {
          schema: {
            type: 'object',
            properties: Object.fromEntries(fields),
            additionalProperties: { type: 'string' },
          },
          encoding: Object.fromEntries(repeated.map(([name]) => [name, REPEATED])),
        },
        ...others,
      },
    },
  };
}

function searchPaths(type: string): Paths {
  const parameters = searchParameters(type);
  const said =
    'It finds data of the member of the token, and reference data of the plan. A comma between values means or; the ' +
    'same parameter twice means and. Follow `link.next` for further pages.';
  const found = answers('A page of what was found, a Bundle of the type `searchset`.', 'Bundle');
  return {
    [`/${type}`]: {
      get: { ...operation(type, `search${type}`, `Search ${type}`, said), parameters, ...found },
    },
    [`/${type}/_search`]: {
      post: {
        ...operation(type, `search${type}ByPost`, `Search ${type} with a form`, said),
        ...asForm(parameters),
        ...found,
      },
    },
  };
}

/** An operation takes them as a resource, too (http://hl7.org/fhir/R4/operations.html#request). */
const PARAMETERS = { 'application/fhir+json': { schema: { $ref: '#/components/schemas/Parameters' } } };

/** A document comes as it is stored, where the client does not ask for FHIR (http://hl7.org/fhir/R4/binary.html#rest). */
const asStored = (type: string) =>
  definitions.get(type)?.content ? { '*/*': { schema: { type: 'string', format: 'binary' } } } : {};

/** What a client has already does not come again (http://hl7.org/fhir/R4/http.html#cread). */
const readAnswers = (type: string, description: string) => ({
  responses: {
    ...succeeds(description, 'Resource', { headers: ['ETag', 'Last-Modified'], content: asStored(type) }),
    '304': { description: 'The client has it already.' },
    ...FHIR_FAILURES,
  },
});

const read = (type: string) => ({
  get: {
    ...operation(
      type,
      `read${type}`,
      `Read a ${type}`,
      'A resource that the token does not open answers 404.',
    ),
    parameters: [ID_PARAMETER, ...READ_PARAMETERS],
    ...readAnswers(type, 'The resource in its current version.'),
  },
});

const vread = (type: string) => ({
  get: {
    ...operation(type, `vread${type}`, `Read a version of a ${type}`, 'Versions do not change.'),
    parameters: [ID_PARAMETER, VERSION_PARAMETER, ...READ_PARAMETERS],
    ...readAnswers(type, 'The resource as it was.'),
  },
});

const history = (type: string) => ({
  get: {
    ...operation(type, `historyOf${type}`, `List the versions of a ${type}`, 'Newest first.'),
    parameters: [ID_PARAMETER, ...HISTORY_PARAMETERS],
    ...answers('The versions, a Bundle of the type `history`.', 'Bundle'),
  },
});

const capitalized = (name: string) =>
  name.replace(/(?:^|-)[a-z]/g, (start) => start.replace('-', '').toUpperCase());

/**
 * Of the type, and of an instance where it is an operation over the record of a member. Of an instance alone where it
 * answers with one resource.
 */
function operationPaths(type: string): Paths {
  const operations = Object.entries(definitions.get(type)?.operations ?? {});
  return Object.fromEntries(
    operations.flatMap(([name, { definition, overRecord, answer }]) => {
      const parameters = OPERATION_PARAMETERS[name] ?? [];
      const at = (path: string, suffix: string, own: readonly OpenApiParameter[]) => {
        const id = `call${capitalized(name)}${suffix}`;
        const common = (operationId: string) =>
          operation(type, operationId, `$${name}`, `Defined by ${definition}.`);
        const result = answer ? answers('The answer.', 'Resource') : answers('The result.', 'Bundle');
        return [
          path,
          {
            ...(own.length > 0 && { parameters: own }),
            get: { ...common(id), parameters, ...result },
            post: { ...common(`${id}ByPost`), ...asForm(parameters, PARAMETERS), ...result },
          },
        ] as const;
      };
      const ofType = () => at(`/${type}/$${name}`, '', []);
      const ofOne = () => at(`/${type}/{id}/$${name}`, 'OfOne', [ID_PARAMETER]);
      if (answer) return [ofOne()];
      return overRecord ? [ofType(), ofOne()] : [ofType()];
    }),
  );
}

/** @returns the paths of a type, as far as the type has the interactions */
function pathsOf(type: string): Paths {
  const interactions = definitions.get(type)?.interactions ?? [];
  return {
    ...(interactions.includes('search-type') && searchPaths(type)),
    ...(interactions.includes('read') && { [`/${type}/{id}`]: read(type) }),
    ...(interactions.includes('vread') && { [`/${type}/{id}/_history/{version}`]: vread(type) }),
    ...(interactions.includes('history-instance') && { [`/${type}/{id}/_history`]: history(type) }),
    ...operationPaths(type),
  };
}

/** @returns the paths of the FHIR API below the base, for the types that a tenant offers */
export const fhirPaths = (types: readonly string[] = servedTypes): Paths =>
  Object.assign({}, ...types.map(pathsOf)) as Paths;
