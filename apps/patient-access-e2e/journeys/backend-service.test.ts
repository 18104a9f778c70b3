import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { FhirClient } from '@patient-access/first-call';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { adminSettings, connect, memberOf, world } from '../installation/world.ts';

const { northwind, lakeside } = world();
const SCOPE = 'system/Practitioner.rs';

/** As the plan sets one up, with its key set on this machine. */
async function setUp(tenant: string, jwksUri: string): Promise<string> {
  const id = randomUUID();
  const client = {
    client_id: id,
    client_name: 'Directory Sync',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    jwks_uri: jwksUri,
    system_scope: SCOPE,
    verified: true,
  };
  const pool = await createPool(adminSettings()['DATABASE_URL'] ?? '', { max: 1 });
  const key = createHash('sha256').update(id).digest('base64url');
  await pool.query(
    `INSERT INTO oidc_record (tenant, model, id, payload, expires_at) VALUES ($1, 'Client', $2, $3, 'infinity')`,
    [tenant, key, JSON.stringify(client)],
  );
  await pool.end();
  return id;
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
