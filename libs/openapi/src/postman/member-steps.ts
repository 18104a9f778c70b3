/** The requests of a member's browser: from the authorization request to the address of the app. */
import { type CollectionItem, getRequest, postRawRequest, requestItem } from './request.ts';
import { answerPageScript, BEGIN_LOGIN } from './scripts.ts';

const SCOPE =
  'launch/patient openid fhirUser offline_access patient/*.rs patient/AuditEvent.rs patient/Consent.rs';

const REQUEST: Readonly<Record<string, string>> = {
  response_type: 'code',
  client_id: '{{client_id}}',
  redirect_uri: '{{redirect_uri}}',
  scope: SCOPE,
  state: '{{state}}',
  aud: '{{base}}',
  code_challenge: '{{code_challenge}}',
  code_challenge_method: 'S256',
};

/** A variable of Postman stays as it is. */
const encoded = (value: string) => (value.startsWith('{{') ? value : encodeURIComponent(value));

/** @param change what differs from a right authorization request @returns its address */
export function authorizationUrl(change: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries({ ...REQUEST, ...change });
  return `{{authorization_endpoint}}?${pairs.map(([name, value]) => `${name}=${encoded(value)}`).join('&')}`;
}

/** Each redirect is a request of its own, because the last one leads to the app, where nobody listens. */
export const inBrowser = (step: CollectionItem): CollectionItem => ({
  ...step,
  protocolProfileBehavior: { followRedirects: false },
});

interface MemberSteps {
  /** the name of the first request, and what the names of the others end with; each request needs its own */
  ask: string;
  suffix?: string;
  scope?: string;
  /** the button that the member presses on the page of consent */
  press: 'agree' | 'deny';
  /** script that looks at the answer which came to the app */
  arrived: string;
  /** the name of the request that follows */
  next: string;
}

/** @returns an authorization request, and the requests that answer its pages as a member does */
export function memberSteps({ ask, suffix = '', scope = SCOPE, press, arrived, next }: MemberSteps) {
  const [open, answer] = [`Open the page${suffix}`, `Answer the page${suffix}`];
  const after = answerPageScript({ open, answer, press, arrived, next });
  const url = authorizationUrl({ scope });
  return [
    requestItem(
      ask,
      { method: 'GET', header: [], auth: { type: 'noauth' }, url },
      { before: BEGIN_LOGIN, after },
    ),
    getRequest(open, '{{page}}', after, { auth: 'none' }),
    postRawRequest(answer, '{{page}}', 'application/x-www-form-urlencoded', '{{form}}', { after }),
  ].map(inBrowser);
}
