/** The callers that ask about the trail: a member's app, a member at the page, an auditor, and a backend service. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { launch, type LaunchRequest, register, type Session, UserAgent } from '@patient-access/first-call';
import type { DescribedMember, PreviewTenant } from '@patient-access/preview';
import * as jose from 'jose';
import * as oidc from 'openid-client';

const ADMIN = resolve(import.meta.dirname, '../../../apps/auth-service/dist/admin.js');
const MEMBER_SCOPE = 'openid fhirUser launch/patient patient/*.rs patient/AuditEvent.rs';
const AUDITOR_SCOPE = 'system/AuditEvent.rs';
const KEY_ID = 'bench';

/** Requests a path, and resolves with the whole response. @throws Error when the request fails */
export type Open = (path: string) => Promise<string>;

async function bodyOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text.slice(0, 200)}`);
  return text;
}

/** @returns a function that sends requests to the FHIR API with a token */
export const withToken =
  ({ fhirBase }: PreviewTenant, token: string): Open =>
  async (path) =>
    bodyOf(await fetch(`${fhirBase}/${path}`, { headers: { authorization: `Bearer ${token}` } }));

/** Connects an app for a member. */
export async function memberApp(
  { issuer, fhirBase }: PreviewTenant,
  { login, password, patientId }: DescribedMember,
): Promise<Session> {
  const request: LaunchRequest = { issuer, fhirBase, login, password, patientId, scope: MEMBER_SCOPE };
  return launch(request, await register(issuer));
}

/** Logs in at a page of the product. @returns a function that opens pages in the same browser session */
export async function atPage(
  page: string,
  { login, password }: { login: string; password: string },
): Promise<Open> {
  const agent = new UserAgent();
  const nowhere = 'urn:none';
  const first = await agent.open(new URL(page), nowhere);
  const { html } = await agent.submit(first, { login, password, action: 'login' }, nowhere);
  if (html.includes('name="password"')) throw new Error(`${login} cannot log in at ${page}`);
  return async (path) => {
    const { html: shown } = await agent.open(new URL(path, page), nowhere);
    if (!shown.includes('<h1') || shown.includes('name="password"')) throw new Error(`${path} is not shown`);
    return shown;
  };
}

/** Registers a backend service for the plan's auditors, with its key set on this machine. @returns its access token */
export async function auditorsService(directory: string, tenant: PreviewTenant): Promise<string> {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES384');
  const keys = JSON.stringify({ keys: [{ ...(await jose.exportJWK(publicKey)), kid: KEY_ID }] });
  const server = createServer((_request, response) => response.end(keys));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    const id = await registered(directory, tenant, jwksUri);
    const method = oidc.PrivateKeyJwt({ key: privateKey, kid: KEY_ID });
    const execute = [oidc.allowInsecureRequests];
    const config = await oidc.discovery(new URL(tenant.issuer), id, undefined, method, { execute });
    return (await oidc.clientCredentialsGrant(config, { scope: AUDITOR_SCOPE })).access_token;
  } finally {
    server.close();
  }
}

async function registered(directory: string, { id }: PreviewTenant, jwksUri: string): Promise<string> {
  const command = ['client', 'register', '--tenant', id, '--name', 'Bench', '--scope', AUDITOR_SCOPE];
  const grant = [
    '--grant-type',
    'client_credentials',
    '--auth-method',
    'private_key_jwt',
    '--jwks-uri',
    jwksUri,
  ];
  const env = parseEnv(readFileSync(join(directory, 'auth.env'), 'utf8'));
  const { stdout } = await promisify(execFile)(process.execPath, [ADMIN, ...command, ...grant], { env });
  return String((JSON.parse(stdout) as Record<string, unknown>)['client_id']);
}
