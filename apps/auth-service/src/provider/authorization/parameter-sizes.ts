/**
 * How long the parameters of an authorization request may be. They are stored before anybody has logged in, so their
 * sizes are what a stranger can store with one request (security case O81).
 */
import { errors } from 'oidc-provider';
import type { RequestContext, RequestParameters } from '../patches/request-parameters.ts';

/** Where the request is stored. */
const ROUTES = new Set(['authorization', 'pushed_authorization_request']);

/** Characters. Some apps keep what they need after the login in `state`, and granular scopes are long. */
const MOST: Readonly<Record<string, number>> = {
  state: 4_096,
  nonce: 1_024,
  scope: 12_000,
  client_assertion: 8_192,
};
const MOST_OF_OTHERS = 2_048;

const lengthOf = (value: unknown): number =>
  Array.isArray(value)
    ? value.reduce((sum: number, one) => sum + lengthOf(one), 0)
    : String(value ?? '').length;

/** @returns what is wrong with the length of a parameter, or undefined */
export function lengthFault(name: string, value: unknown): string | undefined {
  const most = MOST[name] ?? MOST_OF_OTHERS;
  return lengthOf(value) > most ? `${name} is longer than ${most} characters` : undefined;
}

/** @throws InvalidRequest for a parameter that is too long; it is shown to the person, and never sent to the app */
export function limitParameterSizes({ route }: RequestContext, parameters: RequestParameters): void {
  if (!ROUTES.has(route)) return;
  for (const [name, value] of Object.entries(parameters)) {
    const says = lengthFault(name, value);
    if (says === undefined) continue;
    const error = new errors.InvalidRequest(says);
    error.allow_redirect = false;
    throw error;
  }
}
