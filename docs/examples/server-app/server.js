/**
 * A web server that reads for its members: a confidential SMART app in Node alone, without a framework.
 *
 *   FHIR_BASE=… CLIENT_ID=… CLIENT_SECRET=… node server.js
 *
 * Register it with the redirect address http://127.0.0.1:8083/callback (PORT and APP_URL change it). The tokens stay here;
 * the browser gets a cookie that says nothing. Keep sessions in your database: here they end with the process.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const {
  FHIR_BASE,
  CLIENT_ID,
  CLIENT_SECRET,
  PORT = '8083',
  APP_URL = `http://127.0.0.1:${PORT}`,
} = process.env;
if (!FHIR_BASE || !CLIENT_ID || !CLIENT_SECRET)
  throw new Error('FHIR_BASE, CLIENT_ID and CLIENT_SECRET are needed');

const SCOPE =
  'launch/patient openid fhirUser offline_access patient/Patient.rs patient/ExplanationOfBenefit.rs';
const REDIRECT = `${APP_URL}/callback`;
const EARLY_MS = 30_000;

const discovery = await fetch(`${FHIR_BASE}/.well-known/smart-configuration`);
if (!discovery.ok) throw new Error(`${FHIR_BASE} answers ${discovery.status}`);
const smart = await discovery.json();

const random = () => randomBytes(32).toString('base64url');
/** By the value of the cookie. */
const sessions = new Map();

/** The access is over, and refreshing cannot bring it back: the member has to agree again. */
class AccessEnded extends Error {}

/** Asks for tokens. The secret is in a header, percent-encoded (RFC 6749 section 2.3.1). */
async function askForTokens(fields) {
  const credentials = `${encodeURIComponent(CLIENT_ID)}:${encodeURIComponent(CLIENT_SECRET)}`;
  const answer = await fetch(smart.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  const body = await answer.json();
  if (body.error === 'invalid_grant') throw new AccessEnded(body.error_description);
  if (!answer.ok) throw new Error(`${body.error}: ${body.error_description}`);
  return { ...body, until: Date.now() + body.expires_in * 1000 - EARLY_MS };
}

/** Refreshes in time, once for all requests of a session that come together. A refresh token is good for one refresh. */
async function tokenOf(session) {
  if (!session.tokens) throw new AccessEnded('another request found that the access is over');
  const { access_token, refresh_token, until } = session.tokens;
  if (Date.now() < until) return access_token;
  if (!refresh_token) throw new AccessEnded('the member did not agree to offline access');
  session.refreshing ??= askForTokens({ grant_type: 'refresh_token', refresh_token }).finally(
    () => (session.refreshing = undefined),
  );
  session.tokens = await session.refreshing;
  return session.tokens.access_token;
}

/** A token may end before its time. Then it is refreshed once, and the refresh says whether the access goes on. */
async function get(session, path) {
  const ask = (token) =>
    fetch(`${FHIR_BASE}/${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/fhir+json' },
    });
  const used = await tokenOf(session);
  const answer = await ask(used);
  if (answer.status !== 401) return answer;
  // Another request may have refreshed meanwhile, or found that the access is over.
  if (session.tokens?.access_token === used) session.tokens.until = 0;
  return ask(await tokenOf(session));
}

async function readClaims(session) {
  const answer = await get(session, 'ExplanationOfBenefit?use=claim&_sort=-service-date&_count=10');
  if (!answer.ok) throw new Error(`the plan answers ${answer.status}`);
  const { entry = [] } = await answer.json();
  // Beside the matches a page may have what was included, and notices (an OperationOutcome).
  const claims = entry.filter(({ search }) => search?.mode === 'match').map(({ resource }) => resource);
  return claims.map(
    ({ billablePeriod, provider }) => `${billablePeriod?.start ?? '–'}  ${provider?.display ?? '–'}`,
  );
}

/** Sends the browser to the plan. Only this browser can come back with the state. */
function logIn(response) {
  const [id, state, verifier] = [random(), random(), random()];
  sessions.set(id, { state, verifier });
  const url = new URL(smart.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT,
    scope: SCOPE,
    state,
    aud: FHIR_BASE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const secure = APP_URL.startsWith('https:') ? '; Secure' : '';
  const cookie = `session=${id}; HttpOnly; SameSite=Lax; Path=/${secure}`;
  response.writeHead(303, { location: url.href, 'set-cookie': cookie }).end();
}

async function comeBack(query, session, response) {
  const { state, verifier } = session ?? {};
  if (!state || query.get('state') !== state) throw new Error('this login did not begin in this browser');
  // Each state is good once.
  session.state = undefined;
  if (query.get('iss') !== smart.issuer) throw new Error('this answer is not from the plan');
  if (query.has('error')) throw new Error(`${query.get('error')}: ${query.get('error_description')}`);
  session.tokens = await askForTokens({
    grant_type: 'authorization_code',
    code: query.get('code'),
    redirect_uri: REDIRECT,
    code_verifier: verifier,
  });
  response.writeHead(303, { location: '/' }).end();
}

async function showClaims(session, response) {
  if (!session?.tokens) return logIn(response);
  try {
    const claims = await readClaims(session);
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    response.end(`The newest claims of your member\n\n${claims.join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof AccessEnded)) throw error;
    session.tokens = undefined;
    logIn(response);
  }
}

const server = createServer(async (request, response) => {
  try {
    const { pathname, searchParams } = new URL(request.url, APP_URL);
    const session = sessions.get(/(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]);
    if (pathname === '/callback') return await comeBack(searchParams, session, response);
    if (pathname !== '/') return response.writeHead(404).end();
    await showClaims(session, response);
  } catch (error) {
    response
      .writeHead(502, { 'content-type': 'text/plain; charset=utf-8' })
      .end(`That did not work: ${error.message}\n`);
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`open ${APP_URL}/`));
