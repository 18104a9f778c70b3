/**
 * A collection for Postman and newman (https://schema.postman.com/collection/json/v2.1.0): the way of an app from
 * discovery to revocation, each error that an app meets on it, and a search of each type.
 */
import { type ApiDescription, typesOffered } from '../api-description.ts';
import { errorFolders } from './errors/errors.ts';
import {
  DISCOVERY_REQUESTS,
  FIRST_DATA_REQUESTS,
  LOGIN_REQUESTS,
  REFRESH_REQUESTS,
  REGISTRATION_REQUESTS,
  REVOCATION_REQUESTS,
} from './journey.ts';
import { type CollectionItem, folder, getRequest } from './request.ts';
import { STATUS_OK } from './scripts.ts';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

const DESCRIPTION = `Run the folders in their order with the collection runner, or with newman:

newman run postman.json --env-var login=… --env-var password=…

At a preview plan the requests of folder 3 answer the pages of login and consent as a member would. At every other plan a member does that in a browser: take "Get new access token" of the tab Authorization there, with PKCE, and put the token into the variable access_token.`;

const VARIABLES = ['login', 'password', 'client_id', 'access_token', 'refresh_token', 'patient'];

const searches = (types: readonly string[]): CollectionItem[] =>
  types
    .filter((type) => type !== 'Binary')
    .map((type) => getRequest(`Search ${type}`, `{{base}}/${type}?_count=1`, STATUS_OK));

/**
 * @param api what the tenant offers
 * @returns the collection, to be sent as JSON
 */
export function postmanCollection(api: ApiDescription) {
  const types = typesOffered(api.smart);
  return {
    info: {
      name: `Payer Patient Access API of ${api.plan.name}`,
      description: DESCRIPTION,
      version: api.release.version,
      schema: SCHEMA,
    },
    variable: [
      { key: 'base', value: api.base },
      { key: 'issuer', value: api.smart.issuer },
      { key: 'redirect_uri', value: 'http://127.0.0.1:53210/callback' },
      ...VARIABLES.map((key) => ({ key, value: '' })),
    ],
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}', type: 'string' }] },
    item: [
      folder('1 Discover', 'Where everything is.', DISCOVERY_REQUESTS),
      folder('2 Register', 'An app becomes a client of this plan (RFC 7591).', REGISTRATION_REQUESTS),
      folder('3 Log in', 'The authorization code flow with PKCE (RFC 6749, RFC 7636).', LOGIN_REQUESTS),
      folder('4 First data', 'What a member’s app shows first.', FIRST_DATA_REQUESTS),
      folder('5 Every type', 'A search of each type that the token opens.', searches(types)),
      folder('6 Errors', 'What an app does wrong, and how it is told.', errorFolders(api)),
      folder('7 Refresh', 'A new access token without the member.', REFRESH_REQUESTS),
      folder('8 Disconnect', 'The app gives its access up, and has none.', REVOCATION_REQUESTS),
    ],
  };
}
