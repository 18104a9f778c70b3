/** The parameters of searches and operations, as OpenAPI parameters. */
import {
  commonParameters,
  DEFAULT_COUNT,
  definitions,
  MAX_COUNT,
  type SearchKind,
} from '@patient-access/fhir';

/** An OpenAPI Parameter Object, or a reference to one (https://spec.openapis.org/oas/v3.1.1#parameter-object). */
export type OpenApiParameter = Readonly<Record<string, unknown>>;

/** How a value of each kind is written (http://hl7.org/fhir/R4/search.html#ptypes). */
const WRITTEN: Readonly<Record<SearchKind, string>> = {
  token: '`code`, `system|code`, `|code` or `system|`',
  date: 'a date or time, or the beginning of one, with an optional prefix such as `ge2026-01-31`',
  reference: '`id`, `Type/id` or an absolute URL',
  string:
    'the beginning of the text, or of a part of a name or an address; case, accents and repeated spaces do not matter',
  uri: 'a URI as it is stored',
  quantity: '`number`, or `number|system|code`, with an optional prefix',
  number: 'a number, with an optional prefix',
};

/** The same name once for each value, all of which have to hold (http://hl7.org/fhir/R4/search.html#combining). */
const REPEATED = { type: 'array', items: { type: 'string' } };
/** Both ends of a range: `date=ge2026-01-01&date=lt2027-01-01`. */
const RANGED: readonly SearchKind[] = ['date', 'number', 'quantity'];

const query = (name: string, description: string, schema: object = { type: 'string' }): OpenApiParameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const header = (name: string, description: string): OpenApiParameter => ({
  ...query(name, description),
  in: 'header',
});

/**
 * Parameters that describe the result (http://hl7.org/fhir/R4/search.html#return) and those of every type, by their
 * names in `components.parameters`.
 */
export const SHARED_PARAMETERS: Readonly<Record<string, OpenApiParameter>> = {
  id: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The logical id of the resource.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
  },
  version: {
    name: 'version',
    in: 'path',
    required: true,
    description: 'A version id, as `meta.versionId` names it.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
  },
  _id: query('_id', 'Logical ids.'),
  _lastUpdated: query('_lastUpdated', `When the resource last changed here: ${WRITTEN.date}.`, REPEATED),
  ...Object.fromEntries(
    Object.entries(commonParameters).map(([name, { kind, path }]) => [
      name,
      query(name, `\`${path}\`: ${WRITTEN[kind]}.`),
    ]),
  ),
  _count: query('_count', `Resources on a page: ${DEFAULT_COUNT} when left out, ${MAX_COUNT} at most.`, {
    type: 'integer',
    minimum: 0,
    default: DEFAULT_COUNT,
  }),
  _sort: query(
    '_sort',
    'Names of search parameters, separated by commas; `-` in front of a name: descending.',
  ),
  _total: query('_total', 'Whether the number of all matches is counted.', {
    type: 'string',
    enum: ['none', 'accurate', 'estimate'],
  }),
  _summary: query('_summary', 'Parts of each resource, or only the number of matches.', {
    type: 'string',
    enum: ['false', 'true', 'text', 'data', 'count'],
  }),
  _elements: query('_elements', 'Names of top-level elements, separated by commas.'),
  _include: query('_include', 'Resources that a match refers to: `Type:parameter` or `Type:*`.', REPEATED),
  _revinclude: query('_revinclude', 'Resources that refer to a match: `Type:parameter`.', REPEATED),
  'If-None-Match': header('If-None-Match', 'The `ETag` of what the client has already.'),
  'If-Modified-Since': header(
    'If-Modified-Since',
    'The `Last-Modified` of what the client has already; it counts only without `If-None-Match`.',
  ),
};

const SHARED = '#/components/parameters/';
const refer = (name: string): OpenApiParameter => ({ $ref: `${SHARED}${name}` });

/** @returns the parameter itself, also where it is a reference to a shared one */
export const resolved = (parameter: OpenApiParameter): OpenApiParameter =>
  typeof parameter['$ref'] === 'string'
    ? (SHARED_PARAMETERS[parameter['$ref'].slice(SHARED.length)] ?? parameter)
    : parameter;

export const ID_PARAMETER = refer('id');
export const VERSION_PARAMETER = refer('version');
const OF_EVERY_SEARCH = Object.keys(SHARED_PARAMETERS)
  .filter((name) => name.startsWith('_'))
  .map(refer);

/** @returns the parameters of a search of a type: its own, then those of every search */
export function searchParameters(type: string): OpenApiParameter[] {
  const all = Object.entries(definitions.get(type)?.search ?? {});
  const own = all.map(([name, { kind, targets, byIdentifier }]) => {
    if (byIdentifier) return query(`${name}:identifier`, `${kind}, by its identifier: ${WRITTEN.token}`);
    const to = kind === 'reference' && targets ? `, to ${targets.join(' or ')}` : '';
    const says = `${kind}${to}: ${WRITTEN[kind]}`;
    return RANGED.includes(kind) ? query(name, says, REPEATED) : query(name, says);
  });
  return [...own, ...OF_EVERY_SEARCH];
}

/** The parameters of a read, and the headers that make it a conditional one. */
export const READ_PARAMETERS: readonly OpenApiParameter[] = [
  // A read matches nothing that could be counted.
  query('_summary', 'Parts of the resource.', { type: 'string', enum: ['false', 'true', 'text', 'data'] }),
  refer('_elements'),
  refer('If-None-Match'),
  refer('If-Modified-Since'),
];

const SINCE = query('_since', 'Only what changed since then (an instant).');

/** The parameters of a history. */
export const HISTORY_PARAMETERS: readonly OpenApiParameter[] = [
  SINCE,
  ...(['_count', '_summary', '_elements'] as const).map(refer),
];

/** The parameters of each operation, by its name without `$`; what each means is in its OperationDefinition. */
export const OPERATION_PARAMETERS: Readonly<Record<string, readonly OpenApiParameter[]>> = {
  everything: [SINCE, query('_type', 'Only these types, separated by commas.'), refer('_count')],
  docref: [
    {
      ...query('patient', 'The id of the member. The server refuses everybody but the member of the token.'),
      required: true,
    },
    query('start', 'Care from this date on.'),
    query('end', 'Care until this date.'),
    query('type', 'A kind of document: `system|code`.', REPEATED),
    query('on-demand', 'This server makes no documents, so `true` finds nothing.', { type: 'boolean' }),
    refer('_count'),
  ],
};
