/** Every mistake, by the part of the API at which it is made. */
import { AUTHORIZATION_MISTAKES } from './authorization.ts';
import { CREDENTIAL_MISTAKES, PATH_MISTAKES } from './fhir.ts';
import { PUSH_MISTAKES } from './pushed.ts';
import { FIRST_HOUR_MISTAKES } from './first-hour.ts';
import type { Mistake } from './scene.ts';
import { SEARCH_MISTAKES } from './search.ts';
import { CLIENT_MISTAKES } from './client-auth.ts';
import { TOKEN_MISTAKES } from './token.ts';
import { ENDPOINT_MISTAKES } from './tokens-shown.ts';

export const MISTAKES: readonly (readonly [where: string, table: readonly Mistake[]])[] = [
  ['an authorization request', AUTHORIZATION_MISTAKES],
  ['a pushed request', PUSH_MISTAKES],
  ['a token request', TOKEN_MISTAKES],
  ['client authentication', CLIENT_MISTAKES],
  ['the other endpoints', ENDPOINT_MISTAKES],
  ['a credential of the FHIR API', CREDENTIAL_MISTAKES],
  ['a path of the FHIR API', PATH_MISTAKES],
  ['a search', SEARCH_MISTAKES],
  ['the first hour', FIRST_HOUR_MISTAKES],
];
