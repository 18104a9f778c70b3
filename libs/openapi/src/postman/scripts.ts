/** Scripts of the requests. They run in Postman's sandbox, which has `pm`, crypto-js and cheerio. */
import { type ErrorCode, ERRORS, OAUTH_ERRORS, type OAuthErrorCode } from '@patient-access/fhir';

/** @param status of the answer */
export const statusIs = (status: number): string =>
  `pm.test('is answered with ${status}', () => pm.response.to.have.status(${status}));`;

export const STATUS_OK = statusIs(200);

/** Keeps members of a JSON answer as variables. */
export const keepVariables = (names: readonly string[]): string =>
  `const kept = pm.response.json();
for (const name of ${JSON.stringify(names)})
  if (kept[name] !== undefined) pm.collectionVariables.set(name, kept[name]);`;

/** Keeps members of a JSON answer as variables of other names. */
export const keepVariablesAs = (names: Readonly<Record<string, string>>): string =>
  `const answered = pm.response.json();
for (const [name, variable] of Object.entries(${JSON.stringify(names)}))
  pm.collectionVariables.set(variable, answered[name]);`;

/** The answer is this error of the FHIR API. */
export const fhirError = (code: ErrorCode): string =>
  `${statusIs(ERRORS[code].status)}
pm.test('says ${code}', () => {
  const [issue] = pm.response.json().issue;
  pm.expect(issue.details.coding[0].code).to.eql('${code}');
  pm.expect(issue.diagnostics).to.include('/docs/errors#${code}');
});`;

/** The answer is this error of the authorization server. */
export const oauthError = (code: OAuthErrorCode): string =>
  `${statusIs(OAUTH_ERRORS[code].status)}
pm.test('says ${code}', () => {
  const body = pm.response.json();
  pm.expect(body.error).to.be.oneOf(${JSON.stringify([OAUTH_ERRORS[code].error].flat())});
  pm.expect(body.error_uri).to.match(/#${code}$/);
});`;

/** Makes what the authorization request needs: state, and verifier and challenge of PKCE (RFC 7636). */
export const BEGIN_LOGIN = `
const crypto = require('crypto-js');
const base64url = (words) =>
  words.toString(crypto.enc.Base64).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
const verifier = base64url(crypto.lib.WordArray.random(32));
pm.collectionVariables.set('code_verifier', verifier);
pm.collectionVariables.set('code_challenge', base64url(crypto.SHA256(verifier)));
pm.collectionVariables.set('state', base64url(crypto.lib.WordArray.random(16)));
`;

/** The page that a person sees leads to this error. */
export const pageError = (code: OAuthErrorCode): string =>
  `${statusIs(OAUTH_ERRORS[code].status)}
pm.test('says ${code}', () => pm.expect(pm.response.text()).to.include('/docs/errors#${code}"'));`;

/** The app is told this error by the redirect to its address. To be used where the answer has arrived. */
export const arrivedWithError = (code: OAuthErrorCode): string =>
  `pm.test('says ${code}', () => {
    pm.expect(answer.error).to.be.oneOf(${JSON.stringify([OAUTH_ERRORS[code].error].flat())});
    pm.expect(answer.error_uri).to.match(/#${code}$/);
  });`;

/** Keeps the code that arrived. */
export const ARRIVED_WITH_CODE = `pm.test('comes back with a code', () => pm.expect(answer.code).to.be.a('string'));
  pm.collectionVariables.set('code', answer.code);`;

interface PageAnswer {
  /** the names of the requests that open a page and post its form */
  open: string;
  answer: string;
  /** the button that the member presses on the page of consent */
  press: 'agree' | 'deny';
  /** script that looks at `answer`, which came to the app */
  arrived: string;
  /** the name of the request that follows */
  next: string;
}

/**
 * Looks at a page as the member's browser does. A redirect is followed by the next request. A form is filled in: login
 * and password, the first member that there is to choose, and the button of the page of consent.
 */
export const answerPageScript = ({ open, answer, press, arrived, next }: PageAnswer): string => `
const origin = pm.collectionVariables.get('issuer').replace(/^(https?:\\/\\/[^/]+).*/, '$1');
const absolute = (url) => (/^https?:/.test(url) ? url : origin + url);
const location = pm.response.headers.get('Location');
if (location && location.startsWith(pm.collectionVariables.get('redirect_uri'))) {
  const answer = Object.fromEntries(
    location.split('?')[1].split('&').map((pair) => pair.split('=').map(decodeURIComponent)),
  );
  pm.test('comes back with its state', () => pm.expect(answer.state).to.eql(pm.collectionVariables.get('state')));
  ${arrived}
  pm.execution.setNextRequest(${JSON.stringify(next)});
} else if (location) {
  pm.collectionVariables.set('page', absolute(location));
  pm.execution.setNextRequest(${JSON.stringify(open)});
} else {
  pm.test('shows a page', () => pm.response.to.have.status(200));
  const $ = require('cheerio').load(pm.response.text());
  const form = $('form').first();
  const fields = {};
  form.find('input').each((_, input) => {
    const { name, type, value, checked } = input.attribs;
    if (!name || value === undefined) return;
    if (type === 'radio') {
      if (checked !== undefined || !(name in fields)) fields[name] = [value];
    } else if (type === 'hidden' || checked !== undefined) fields[name] = [...(fields[name] || []), value];
  });
  const set = (values) => Object.entries(values).forEach(([name, value]) => (fields[name] = [value]));
  if (form.find('[name=password]').length)
    set({ login: pm.variables.get('login'), password: pm.variables.get('password'), action: 'login' });
  else set({ action: form.find('[value=agree]').length ? '${press}' : 'choose' });
  const body = Object.entries(fields)
    .flatMap(([name, values]) => values.map((value) => encodeURIComponent(name) + '=' + encodeURIComponent(value)))
    .join('&');
  // A form without an action is posted to the page that it stands on.
  if (form.attr('action')) pm.collectionVariables.set('page', absolute(form.attr('action')));
  pm.collectionVariables.set('form', body);
  pm.execution.setNextRequest(${JSON.stringify(answer)});
}
`;
