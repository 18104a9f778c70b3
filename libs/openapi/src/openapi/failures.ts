/** The answers of refused requests, made from the definitions of errors. */
import { ERROR_ENTRIES, type ErrorCode, type ErrorEntry } from '@patient-access/fhir';

type Responses = Readonly<Record<string, object>>;

const FHIR_JSON = 'application/fhir+json';
/** How far the caller is. */
export const QUOTA_HEADERS = ['RateLimit-Policy', 'RateLimit'];

/** What a client of the FHIR API has to expect, whatever it asks. */
const OF_EVERY_REQUEST = [400, 401, 403, 404, 406, 429, 500, 503];
/** The name of all other refusals together, which only a fault of the client causes. */
const OTHERS = '4XX';

const listed = ({ code, means }: ErrorEntry) => `- \`${code}\`: ${means}`;

/** @returns the Response Object of these errors */
const responseOf = (
  entries: readonly ErrorEntry[],
  mediaType: string,
  schema: string,
  headers: readonly string[],
) => ({
  description: entries.map(listed).join('\n'),
  headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
  content: { [mediaType]: { schema: { $ref: `#/components/schemas/${schema}` } } },
});

/** @returns a Response Object for each status of these errors */
function responsesOf(entries: readonly ErrorEntry[], mediaType: string, schema: string): Responses {
  const statuses = [...new Set(entries.map(({ status }) => status))].sort((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = entries.filter((entry) => entry.status === status);
      const headers = [
        'X-Request-ID',
        ...([429, 503].includes(status) ? ['Retry-After'] : []),
        ...(status === 429 && mediaType === FHIR_JSON ? QUOTA_HEADERS : []),
      ];
      return [String(status), responseOf(ofStatus, mediaType, schema, headers)];
    }),
  );
}

const prefixed = (prefix: string, responses: Responses): Responses =>
  Object.fromEntries(Object.entries(responses).map(([status, response]) => [prefix + status, response]));

const referTo = (prefix: string, statuses: readonly string[]): Responses =>
  Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${prefix}${status}` }]),
  );

const isOfEveryRequest = ({ status }: ErrorEntry) => OF_EVERY_REQUEST.includes(status);
const others = ERROR_ENTRIES.fhir.filter((entry) => !isOfEveryRequest(entry));
const fhir = {
  ...responsesOf(ERROR_ENTRIES.fhir.filter(isOfEveryRequest), FHIR_JSON, 'OperationOutcome'),
  [OTHERS]: responseOf(others, FHIR_JSON, 'OperationOutcome', ['X-Request-ID']),
};
/** Errors of the FHIR API that the authorization server has too. */
const SHARED: readonly string[] = ['throttled', 'server-error', 'unavailable'] satisfies ErrorCode[];
const shared = ERROR_ENTRIES.fhir.filter(({ code }) => SHARED.includes(code));
const oauth = responsesOf([...ERROR_ENTRIES.oauth, ...shared], 'application/json', 'OAuthError');

/** `components.responses` */
export const FAILURES: Responses = { ...prefixed('Fhir', fhir), ...prefixed('OAuth', oauth) };

/** @param statuses with which a document at the FHIR base is refused */
export const documentFailures = (...statuses: number[]): Responses => referTo('Fhir', statuses.map(String));

/** The refusals of an interaction of the FHIR API, by status. */
export const FHIR_FAILURES = referTo('Fhir', [...OF_EVERY_REQUEST.map(String), OTHERS]);

/** Any endpoint may fail. */
const OF_EVERY_ENDPOINT = [500, 503];

/** @param statuses with which this endpoint refuses */
export const oauthFailures = (...statuses: number[]): Responses =>
  referTo('OAuth', [...statuses, ...OF_EVERY_ENDPOINT].map(String));
