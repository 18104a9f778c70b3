import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FhirClient } from '@patient-access/first-call';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { runToEnd } from '../installation/installation.ts';
import { adminSettings, connect, memberOf, world } from '../installation/world.ts';

const { northwind, lakeside } = world();
const SCOPE = 'system/Practitioner.rs';

/** Registers a backend service as the plan does, with its key set on this machine. */
async function setUp(tenant: string, jwksUri: string): Promise<string> {
  const command = ['client', 'register', '--tenant', tenant, '--name', 'Directory Sync', '--scope', SCOPE];
  const keys = [
    '--grant-type',
    'client_credentials',
    '--auth-method',
    'private_key_jwt',
    '--jwks-uri',
    jwksUri,
  ];
  const { said } = await runToEnd('apps/auth-service/dist/admin.js', [...command, ...keys], adminSettings());
  return String((JSON.parse(said) as Record<string, unknown>)['client_id']);
}

describe('a backend service', () => {
  const keys: jose.JWK[] = [];
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
  let jwksUri: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('SMART 67, 113: reads the plan’s directory with a key, and no member’s data', async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair('ES384');
    keys.push({ ...(await jose.exportJWK(publicKey)), kid: 'k1' });
    const id = await setUp('northwind', jwksUri);
    const method = oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' });
    const execute = [oidc.allowInsecureRequests];
    const config = await oidc.discovery(new URL(northwind.issuer), id, undefined, method, { execute });
    const { access_token: token } = await oidc.clientCredentialsGrant(config, { scope: SCOPE });

    const backend = new FhirClient(northwind.fhirBase, token);
    const [found] = await backend.search('Practitioner?_count=1');
    expect((await backend.get(`Practitioner/${found?.id}`)).status).toBe(200);
    const { client: member } = await connect(northwind, 'ordinary');
    const [observation] = await member.search('Observation?_count=1');
    const { patientId } = memberOf(northwind, 'ordinary');
    for (const path of [
      `Patient/${patientId}`,
      `Observation/${observation?.id}`,
      `ExplanationOfBenefit?patient=${patientId}`,
      'AuditEvent',
      'Location',
    ])
      expect([path, (await backend.get(path)).status]).toEqual([path, 403]);
    const elsewhere = new FhirClient(lakeside.fhirBase, token);
    expect((await elsewhere.get('Practitioner')).status).toBe(401);
  });
});
