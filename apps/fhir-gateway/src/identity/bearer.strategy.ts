import { setTimeout as delay } from 'node:timers/promises';
import { PassportStrategy } from '@nestjs/passport';
import { callerOfClaims, MAX_ATTEMPT_REQUEST_CHARACTERS } from '@patient-access/events';
import {
  FHIR_PATH,
  invalid,
  loginRequired,
  OperationError,
  refusalForEverybody,
  tokenInvalid,
} from '@patient-access/fhir';
import { attemptOf, noteRecorded, RequestStrategy } from '@patient-access/platform';
import { PROOF_ALGORITHMS } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import type { TenantDirectory } from '../discovery/tenant-directory.ts';
import { headerTimes } from '../edge/raw-headers.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { asDpopChallenge } from './challenge.ts';
import type { DpopVerifier, PresentedToken } from './dpop.ts';
import type { AuthenticatedRequest, IntrospectedCaller } from './introspected-token.ts';
import type { IntrospectionCache } from './introspection-cache.ts';
import { applyFault } from './sandbox-fault.ts';

/** `Bearer` or `DPoP` and one b64token (RFC 6750 section 2.1, RFC 9449 section 7.1), and nothing else. */
const CREDENTIAL = /^(Bearer|DPoP) ([A-Za-z0-9\-._~+/]{16,512}=*)$/i;

/** Passport name of {@link BearerStrategy}. */
export const BEARER = 'bearer';

const CHALLENGE = 'WWW-Authenticate';

const IN_QUERY_OR_FORM = 'access_token';

const MISPLACED =
  'The access token belongs in the Authorization header, once, and nowhere else: not in the query, not in a form.';

/** @returns what is wrong with a header that holds no token of ours; it depends on the header alone */
function whyNoToken(authorization: string): string {
  const [scheme = '', ...rest] = authorization.trim().split(/ +/);
  const known = /^(?:bearer|dpop)$/i.test(scheme);
  if (!known && rest.length > 0 && /^[A-Za-z-]{1,32}$/.test(scheme))
    return `The Authorization header has the scheme ${scheme}. Send Bearer, one space, and the access token.`;
  if (!known) return 'The Authorization header has no scheme. Send Bearer, one space, and the access token.';
  return (
    'The Authorization header holds no access token of this server. Send Bearer, one space, and the access_token ' +
    'of a token response, without quotation marks. Is it empty, or a word such as undefined?'
  );
}

/** Access tokens of this server are opaque; an id_token is the JWT that is sent by mistake. */
const JWT = /^\w+ eyJ[\w-]*\.[\w-]+\.[\w-]*$/;
const IS_JWT =
  'This is a JWT, and access tokens of this server are opaque. Send the access_token of the token response, not the id_token.';

/** Refuses a second token, and a token in a place where it would be logged or cached (RFC 6750 section 3.1). */
function refuseMisplaced({ url, body, raw, headers }: FastifyRequest): void {
  const query = url.indexOf('?') < 0 ? '' : url.slice(url.indexOf('?') + 1);
  const form = Buffer.isBuffer(body) ? body.toString('latin1') : '';
  const misplaced = [query, form].some((text) => text && new URLSearchParams(text).has(IN_QUERY_OR_FORM));
  if (misplaced && headers.authorization === undefined) throw tokenInvalid(MISPLACED);
  if (misplaced || headerTimes('authorization', raw.rawHeaders) > 1) throw invalid(MISPLACED);
}

const FHIR_BASE = new RegExp(`^/${FHIR_PATH}/[^/?]+/?`);

/** Nobody gets a token for the sake of a path that is nothing, or of a method that a published document does not take. */
function refusalWithoutToken({ method, url }: FastifyRequest): OperationError {
  const [path = ''] = url.replace(FHIR_BASE, '').split('?');
  return refusalForEverybody(method, path) ?? loginRequired(PROOF_ALGORITHMS);
}

/** @throws OperationError 401 when there is no access token, or the header holds something else */
function presentedToken(request: FastifyRequest): PresentedToken {
  const { authorization } = request.headers;
  if (authorization === undefined) throw refusalWithoutToken(request);
  if (JWT.test(authorization)) throw tokenInvalid(IS_JWT);
  const [, scheme, token] = CREDENTIAL.exec(authorization) ?? [];
  if (scheme === undefined || token === undefined) throw tokenInvalid(whyNoToken(authorization));
  return { scheme: scheme.toLowerCase() as PresentedToken['scheme'], token };
}

/** For the trail. The query may have a value of the member, and is left out. */
const useOf = (request: AuthenticatedRequest) => ({
  requestId: request.id,
  address: request.ip,
  line: `${request.method} ${request.url.split('?')[0]}`.slice(0, MAX_ATTEMPT_REQUEST_CHARACTERS),
  onRecorded: () => noteRecorded(request, { isRefusal: true }),
});

/** A token that came with DPoP is refused in this scheme. */
const inScheme =
  ({ scheme }: PresentedToken) =>
  (error: unknown): never => {
    const headers = error instanceof OperationError ? error.details.headers : undefined;
    const challenge = headers?.[CHALLENGE];
    if (scheme === 'dpop' && headers && challenge !== undefined)
      headers[CHALLENGE] = asDpopChallenge(challenge);
    throw error;
  };

/**
 * Passport strategy `bearer`. It takes an opaque access token from the Authorization header, once, and from nowhere
 * else (security case S18). A token that is bound to a key needs a proof of possession (S22).
 */
export class BearerStrategy extends PassportStrategy(RequestStrategy, BEARER) {
  private readonly tenants: TenantDirectory;
  private readonly introspection: IntrospectionCache;
  private readonly dpop: DpopVerifier;
  private readonly quotas: Quotas;

  constructor(
    tenants: TenantDirectory,
    introspection: IntrospectionCache,
    dpop: DpopVerifier,
    quotas: Quotas,
  ) {
    super();
    this.quotas = quotas;
    this.tenants = tenants;
    this.introspection = introspection;
    this.dpop = dpop;
  }

  async validate(request: AuthenticatedRequest): Promise<IntrospectedCaller> {
    try {
      return await this.accept(request);
    } catch (error) {
      if (error instanceof OperationError && error.status === 401) this.quotas.countAddress(request);
      throw error;
    }
  }

  private async accept(request: AuthenticatedRequest): Promise<IntrospectedCaller> {
    const { tenant } = request.params;
    const { plan } = await this.tenants.require(tenant);
    refuseMisplaced(request);
    const presented = presentedToken(request);
    const { token } = presented;
    const use = useOf(request);
    // Strangers at an address that many people share do not stop whoever is reading there.
    await this.quotas.checkAddress(request, () => this.introspection.knows(tenant, token));
    const again = () => this.introspection.introspect(tenant, token, use).catch(inScheme(presented));
    const user = { ...(await again()), again };
    // Known from here on, also if the request is refused.
    attemptOf(request).known = { tenant, caller: callerOfClaims(user.claims) };
    await this.dpop.check(request, presented, user.claims);
    await this.quotas.take(request, user.claims, plan.requestsPerMinute);
    const { sandbox } = user.claims;
    if (!sandbox || !(await this.tenants.isPreview(tenant))) return user;
    const waitMs = applyFault(sandbox);
    if (waitMs === 0) return user;
    await delay(waitMs);
    // The token may have been revoked during the wait, and owners refuse an introspection JWT of this age.
    return { ...(await again()), again };
  }
}
