/** Errors that no single mistake of an app causes: they need a member, a plan, time, or a service that fails. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import pg from 'pg';
import { runToEnd } from '../installation/installation.ts';
import { importManyClaims } from '../installation/many-claims.ts';
import { startReplica } from '../installation/replica.ts';
import { adminSettings, directory } from '../installation/world.ts';
import { Developer, WHOLE_SCOPE } from './people.ts';
import type { Mistake } from './scene.ts';
import { bearer, postForm, type RawAnswer, send } from './send.ts';

type Provoke = Mistake['make'];

/** Changes what auth-service has stored, as time or the plan would. */
async function inAuthDatabase(text: string, values: unknown[]): Promise<void> {
  const { DATABASE_URL } = parseEnv(readFileSync(join(directory, 'auth.env'), 'utf8'));
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    const { rowCount } = await client.query(text, values);
    if (!rowCount) throw new Error('nothing was changed');
  } finally {
    await client.end();
  }
}

const digest = (value: string): string => createHash('sha256').update(value).digest('base64url');

const accessDenied: Provoke = async ({ dev, app }) => {
  const end = await dev.answer(dev.request(app).url, 'deny');
  return { status: 303, headers: { location: end.href }, body: '' };
};

const codeExpired: Provoke = async ({ dev, app }) => {
  const found = await dev.code(app);
  await inAuthDatabase(
    `UPDATE oidc_record SET expires_at = now() - interval '1 second' WHERE model = 'AuthorizationCode' AND id = $1`,
    [digest(found.code)],
  );
  return dev.redeem(app, found);
};

const consentEnded: Provoke = async ({ dev, app }) => {
  const { refresh_token: token } = await dev.tokens(app);
  await inAuthDatabase(
    `WITH ended AS (UPDATE consent c SET revoked_at = now(), end_reason = 'plan' FROM oidc_record r
                     WHERE r.id = $1 AND c.tenant = r.tenant AND c.grant_id = r.grant_id RETURNING c.grant_id)
     DELETE FROM oidc_record WHERE grant_id IN (SELECT grant_id FROM ended)`,
    [digest(token)],
  );
  return dev.refresh(app, token);
};

const sessionEnded: Provoke = async ({ dev, app }) => {
  const online = WHOLE_SCOPE.replace('offline', 'online');
  const { refresh_token: token } = await new Developer(dev.tenant).tokens(app, online);
  await inAuthDatabase(
    `DELETE FROM oidc_record s USING oidc_record r
      WHERE r.id = $1 AND s.model = 'Session' AND s.uid = r.payload::json ->> 'sessionUid'`,
    [digest(token)],
  );
  return dev.refresh(app, token);
};

const planSuspended: Provoke = async ({ dev, app }) => {
  const admin = (...command: string[]) =>
    runToEnd('apps/auth-service/dist/admin.js', command, adminSettings());
  await admin('tenant', 'create', '--id', 'paused', '--name', 'Paused Plan', '--kind', 'preview');
  const { said, code } = await admin('tenant', 'suspend', '--id', 'paused');
  if (code !== 0) throw new Error(said);
  return postForm(`${dev.issuer.replace('northwind', 'paused')}/token`, { client_id: app.client_id });
};

const throttled: Provoke = async ({ dev, app }) => {
  const { access_token: token } = await dev.tokens(app);
  await postForm(`${dev.origin}/auth/northwind/sandbox/throttle`, { seconds: '30' }, [bearer(token)]);
  return send(`${dev.fhir}/Observation`, { headers: [bearer(token)] });
};

const resultTooLarge: Provoke = async ({ other }) => {
  await importManyClaims(other.tenant, 'many');
  const app = await other.register();
  const { access_token: token } = await other.tokens(app, WHOLE_SCOPE, undefined, 'many');
  return send(`${other.fhir}/Patient?_revinclude=ExplanationOfBenefit:patient`, { headers: [bearer(token)] });
};

/** Sends a part of a request, and waits for what the server says about the rest. */
const requestTimeout: Provoke = ({ dev }) =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(dev.origin);
    const socket = connect(Number(port), hostname, () => socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n`));
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', reject).on('end', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const [line = '', ...lines] = head.split('\r\n');
      const headers = Object.fromEntries(
        lines.map((each) => each.toLowerCase().split(': ') as [string, string]),
      );
      resolve({ status: Number(line.split(' ')[1]), headers, body });
    });
  });

/** Asks a gateway whose auth-service answers in this way. */
async function behind(answer: string | undefined, path: string): Promise<RawAnswer> {
  const server: Server = createServer((request, response) => {
    if (answer === undefined) response.destroy();
    else response.end(request.url?.endsWith('/smart-configuration') ? answer : undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const gateway = await startReplica(
    directory,
    'fhir-gateway',
    { AUTH_URL: `http://127.0.0.1:${port}` },
    'live',
  );
  try {
    return await send(`${gateway.url}${path}`);
  } finally {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
  }
}

const pathOf = (url: string): string => new URL(url).pathname;

export const PROVOKED: Readonly<Record<string, Provoke>> = {
  'access-denied': accessDenied,
  'code-expired': codeExpired,
  'consent-ended': consentEnded,
  'session-ended': sessionEnded,
  'plan-suspended': planSuspended,
  throttled,
  'result-too-large': resultTooLarge,
  'request-timeout': requestTimeout,
  unavailable: ({ dev }) => behind(undefined, `${pathOf(dev.fhir)}/metadata`),
  'server-error': ({ dev }) => behind('{', `${pathOf(dev.fhir)}/metadata`),
};

/**
 * Provoked over HTTP where a service is alone with its database: one waits on a lock that only its owner can take, one
 * needs a plan that deletes, at which no journey reads.
 */
export const PROVOKED_ELSEWHERE: Readonly<Record<string, string>> = {
  deleted: 'libs/fhir-store/test/deletions/deletions.test.ts',
  'search-too-costly': 'apps/audit-service/test/auditor-search/search.test.ts',
};
