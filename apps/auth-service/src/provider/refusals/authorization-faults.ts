/**
 * Everything that is wrong with an authorization request, at once. oidc-provider stops at the first fault. It decides;
 * this only explains, after it has refused. The checks stand in its order, so that the first fault is the one refused.
 */
import { splitScope } from '@patient-access/smart';
import type { Client } from 'oidc-provider';
import { CODE_CHALLENGE, describeRedirectUri } from './request-values.ts';
import { acceptScope, ScopeError } from '../../domain/scopes/scopes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { isFhirBase, mustBeFhirBase } from '../authorization/audience.ts';
import { LAUNCH_SCOPES } from '../authorization/launch-parameter.ts';
import { lengthFault } from '../authorization/parameter-sizes.ts';
import { listed, type RefusalWords, type RefusalCode, repeated } from './refusal.ts';

/** A request as it came, before anything was changed in it. */
interface AuthorizationRequest {
  /** a parameter that came several times is an array */
  given: Readonly<Record<string, string | readonly string[] | undefined>>;
  tenant: Tenant;
  /** undefined when there is no such client */
  client: Client | undefined;
}

type Get = (name: string) => string | undefined;
type Check = (get: Get, request: AuthorizationRequest) => RefusalWords | RefusalWords[] | undefined;

const fault = (code: RefusalCode, says: string): RefusalWords => ({ code, says });
/** @param says what is wrong; false: this is not */
const faultsOf = (code: RefusalCode, says: readonly (string | false)[]): RefusalWords[] =>
  says.flatMap((text) => (text === false ? [] : [fault(code, text)]));
const invalid = (says: string): RefusalWords => fault('authorization-invalid', says);

/** The parameters that oidc-provider reads. Others are ignored, so nothing can be wrong with them. */
const READ = new Set([
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'aud',
  'resource',
  'launch',
  'code_challenge',
  'code_challenge_method',
  'response_mode',
  'prompt',
  'max_age',
  'acr_values',
  'claims',
  'claims_locales',
  'display',
  'dpop_jkt',
  'id_token_hint',
  'login_hint',
  'ui_locales',
  'request',
  'request_uri',
  'registration',
]);

/** `resource` may come several times (RFC 8707). */
const REPEATABLE = new Set(['resource']);

const twice: Check = (_get, { given }) =>
  Object.entries(given)
    .filter(([name, value]) => Array.isArray(value) && READ.has(name) && !REPEATABLE.has(name))
    .map(([name]) => invalid(`${repeated(name)} comes twice. Send each parameter once.`));

const sizes: Check = (_get, { given }) =>
  Object.entries(given).flatMap(([name, value]) => {
    const says = READ.has(name) ? lengthFault(name, value) : undefined;
    return says === undefined ? [] : [invalid(`${says}.`)];
  });

const requestObject: Check = (get) =>
  get('request') !== undefined || get('registration') !== undefined
    ? fault(
        'request-object-unsupported',
        'request and registration are not supported. Send the parameters themselves, or push them to the PAR endpoint.',
      )
    : undefined;

const client: Check = (get, request) =>
  get('client_id') === undefined
    ? invalid('client_id is missing.')
    : request.client
      ? undefined
      : fault(
          'client-unknown',
          `client_id is unknown at this plan. Received: ${repeated(get('client_id') ?? '')}. Send the client_id that the registration at this plan returned.`,
        );

const responseMode: Check = (get) => {
  const mode = get('response_mode');
  return mode === undefined || mode === 'query'
    ? undefined
    : fault(
        'response-mode-unsupported',
        `response_mode must be query, or be left out. Received: ${repeated(mode)}.`,
      );
};

const responseType: Check = (get) => {
  const type = get('response_type');
  if (type === undefined) return invalid('response_type is missing. Send response_type=code.');
  return type === 'code'
    ? undefined
    : fault('response-type-unsupported', `response_type must be code. Received: ${repeated(type)}.`);
};

const redirectUri: Check = (get, request) => {
  const uri = get('redirect_uri');
  if (uri === undefined)
    return fault(
      'redirect-uri-unregistered',
      'redirect_uri is missing. Send one that the client registered.',
    );
  if (!request.client || request.client.redirectUriAllowed(uri)) return undefined;
  return fault('redirect-uri-unregistered', describeRedirectUri(uri, request.client.redirectUris ?? []));
};

const PROMPTS = new Set(['none', 'login', 'consent']);

const prompt: Check = (get) => {
  const prompts = get('prompt')?.split(' ') ?? [];
  const unknown = prompts.find((name) => !PROMPTS.has(name));
  if (unknown !== undefined)
    return invalid(`prompt must be none, login or consent. Received: ${repeated(unknown)}.`);
  return prompts.includes('none') && prompts.length > 1
    ? invalid('prompt=none must stand alone.')
    : undefined;
};

const NEEDS_OPENID = ['acr_values', 'claims', 'id_token_hint', 'max_age'];

const openid: Check = (get) => {
  if (splitScope(get('scope')).includes('openid')) return undefined;
  const named = NEEDS_OPENID.filter((name) => get(name) !== undefined);
  return named.length === 0
    ? undefined
    : invalid(`${named.join(' and ')} can be used only with the scope openid.`);
};

const pkce: Check = (get) => {
  const challenge = get('code_challenge');
  const method = get('code_challenge_method');
  const how = 'the SHA-256 of the code_verifier in base64url without =';
  return faultsOf('pkce-invalid', [
    challenge === undefined
      ? `code_challenge is missing (PKCE, for every client). Send ${how}.`
      : !CODE_CHALLENGE.test(challenge) && `code_challenge must be 43 characters: ${how}.`,
    challenge !== undefined &&
      method === undefined &&
      'code_challenge_method is missing. Send code_challenge_method=S256.',
    method !== undefined &&
      method !== 'S256' &&
      `code_challenge_method must be S256. Received: ${repeated(method)}.`,
  ]);
};

const audience: Check = (get, { given, tenant }) => {
  const { fhirBase } = tenant;
  const aud = get('aud');
  const resources = [given['resource'] ?? []].flat();
  const foreign = resources.find((resource) => resource !== fhirBase);
  const mustBe = (name: string, received: string) =>
    `${mustBeFhirBase(name, tenant)} Received: ${repeated(received)}.`;
  return faultsOf('audience-wrong', [
    aud === undefined && resources.length === 0 && `aud is missing. Send aud=${fhirBase}.`,
    aud !== undefined && !isFhirBase(tenant, aud) && mustBe('aud', aud),
    foreign !== undefined && mustBe('resource', foreign),
  ]);
};

const scope: Check = (get) => {
  const asked = get('scope');
  const example = 'for example launch/patient patient/Patient.rs';
  if (asked === undefined || splitScope(asked).length === 0)
    return fault('scope-invalid', `scope is missing. Ask for what the app needs, ${example}.`);
  try {
    acceptScope(asked);
    return undefined;
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    const about = error.scope === '' || error.scope === asked ? asked : error.scope;
    return fault(
      'scope-invalid',
      `scope: ${error.message}. Received: ${listed(about)}. Write scopes as SMART does, with spaces between them, ${example}.`,
    );
  }
};

const launch: Check = (get) => {
  if (get('launch') === undefined) {
    const only = splitScope(get('scope'));
    return only.length > 0 && only.every((text) => text === 'launch')
      ? fault(
          'launch-invalid',
          'The scope launch needs the parameter launch of a portal. A standalone app asks for launch/patient.',
        )
      : undefined;
  }
  return splitScope(get('scope')).some((text) => LAUNCH_SCOPES.includes(text))
    ? undefined
    : fault(
        'launch-invalid',
        'launch comes without its scope. Add launch or launch/patient to scope, or leave the parameter out.',
      );
};

const maxAge: Check = (get) => {
  const age = get('max_age');
  return age === undefined || /^\d{1,15}$/.test(age)
    ? undefined
    : invalid(`max_age must be a number of seconds. Received: ${repeated(age)}.`);
};

const CHECKS: readonly Check[] = [
  sizes,
  twice,
  requestObject,
  client,
  responseMode,
  responseType,
  redirectUri,
  prompt,
  openid,
  pkce,
  audience,
  scope,
  maxAge,
  launch,
];

/** @returns all faults that can be seen in the request itself; the first is the one that it was refused for */
export function authorizationFaults(request: AuthorizationRequest): RefusalWords[] {
  const get: Get = (name) => {
    const value = request.given[name];
    return typeof value === 'string' ? value : value?.[0];
  };
  return CHECKS.flatMap((check) => check(get, request) ?? []);
}

/** One refusal of several: the link leads to the first. */
export function together(faults: readonly [RefusalWords, ...RefusalWords[]]): RefusalWords {
  const [first, ...others] = faults;
  if (others.length === 0) return first;
  const numbered = faults.map(({ says }, at) => `(${at + 1}) ${says}`);
  return { code: first.code, says: `${faults.length} faults: ${numbered.join(' ')}` };
}
