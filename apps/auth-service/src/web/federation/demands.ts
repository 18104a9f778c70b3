/**
 * What a provider demands of this client and we do not offer, recognised from its refusals. Metadata tells what a provider
 * can do, and seldom what it demands of one client, so that only a login shows these. The words are those of Keycloak 26.7 and
 * of the specifications.
 */

interface Demand {
  /** for the plan's staff: the provider demands … */
  name: string;
  /** occurs in the error code, in the description, or in what openid-client says of the answer */
  sign: RegExp;
}

const DEMANDS: readonly Demand[] = [
  // An id_token of five parts (RFC 7516 section 3.1); or Keycloak has no key of ours for it.
  { name: 'encrypted id_tokens', sign: /JWE decryption|encryption KEK/ },
  // RFC 9449 sections 5 and 10: invalid_dpop_proof, use_dpop_nonce, dpop_jkt.
  { name: 'DPoP', sign: /dpop/i },
  // RFC 9126 section 5 has no error code of its own.
  { name: 'pushed authorization requests', sign: /[Pp]ushed|\bPAR\b/ },
  // RFC 8705
  { name: 'mutual TLS', sign: /\bmtls\b|mutual[ -]tls|client certificat/i },
  // RFC 9101 section 6.3
  {
    name: 'signed authorization requests',
    sign: /request object|parameter:? '?request\b|invalid_request_object/i,
  },
];

/** OAuth's errors that are about the client and not about the person (RFC 6749 sections 4.1.2.1 and 5.2). */
const CLIENT_ERRORS: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client']);
const UNAUTHORIZED = 401;

/** Fields of the errors of openid-client, and of the answers in them. */
interface Told {
  error?: unknown;
  error_description?: unknown;
  message?: unknown;
  status?: unknown;
  cause?: unknown;
}

/** The provider's errors that say nothing about the request (RFC 6749 section 4.1.2.1). */
const PASSING_ERRORS: ReadonlySet<unknown> = new Set(['temporarily_unavailable', 'server_error']);
const TOO_MANY_REQUESTS = 429;
const SERVER_ERRORS_FROM = 500;

/** @returns an error and its causes, the outermost first */
function* causesOf(error: unknown): Generator<Told> {
  for (let one = error; typeof one === 'object' && one !== null; one = (one as Told).cause) yield one;
}

/** @returns what the provider demands; undefined when its refusal names nothing that we know */
export function demandOf(error: unknown): string | undefined {
  const words = Array.from(causesOf(error), (one) => [one.error, one.error_description, one.message]).flat();
  const said = words.filter((word) => typeof word === 'string').join('\n');
  return DEMANDS.find(({ sign }) => sign.test(said))?.name;
}

/** Did the provider refuse this server itself: its id, its secret or key, or the way in which it shows them? */
export const isAboutClient = (error: unknown): boolean =>
  [...causesOf(error)].some((one) => CLIENT_ERRORS.has(one.error) || one.status === UNAUTHORIZED);

const isPassingStatus = (status: unknown): boolean =>
  status === TOO_MANY_REQUESTS || (typeof status === 'number' && status >= SERVER_ERRORS_FROM);

/** Has the provider said that it cannot answer now? */
export const isPassing = (error: unknown): boolean =>
  [...causesOf(error)].some((one) => PASSING_ERRORS.has(one.error) || isPassingStatus(one.status));
