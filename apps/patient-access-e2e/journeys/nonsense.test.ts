import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Session } from '@patient-access/first-call';
import { connect, directory, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const base = new URL(northwind.fhirBase);

/** Sends a path unchanged. fetch would normalize it. */
function raw(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: base.hostname,
        port: base.port,
        path,
        method: options.method ?? 'GET',
        headers: options.headers,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    outgoing.on('error', reject).end(options.body);
  });
}

const PATHS = [
  '/Patient/..%2fCoverage',
  '/Patient/%2e%2e/Coverage',
  '//Patient',
  '/Patient/1;x=1',
  '/Patient/..;a=b',
  '/Patient/%252e',
  '/patient/1',
  '/Patient/.',
  '/Patient/..',
  '/Patient/%00',
  '/Patient/%ff',
  '/Patient/a%20b',
  '/__proto__/constructor',
  '/constructor',
  '/Patient/1/_history/0',
  '/Patient/1/_history/999999999999',
  '/Patient?_count=-1',
  '/Patient?_count=NaN',
  '/Patient?_count=1e9',
  '/Patient?birthdate=ge2020-13-45',
  '/Patient?birthdate=eq',
  '/Patient?identifier=|',
  '/Patient?identifier=%5C',
  '/Patient?identifier=%',
  '/Patient?identifier=%00',
  '/Patient?name:exactly=x',
  '/Patient?_filter=name eq x'.replaceAll(' ', '%20'),
  '/Patient?_text=x',
  '/Patient?_sort=constructor',
  '/Patient?_cursor=AAAA',
  '/Patient?_include=Patient:link',
  '/Patient?_format=xml',
  `/Patient?name=${'a'.repeat(5_000)}`,
  '/?_type=Patient',
  '/Observation/$everything',
  '/Patient/$everything?start=2026',
  '/$related',
  '/$export',
];

const PATIENT = '{"resourceType":"Patient"}';

describe('malformed input', () => {
  let session: Session;
  beforeAll(async () => {
    ({ session } = await connect(northwind, 'ordinary'));
  });

  test.each(PATHS)('%s is answered with a 4xx, an OperationOutcome and a request id', async (path) => {
    const { status, body } = await raw(`${base.pathname}${path}`, {
      headers: { authorization: `Bearer ${session.accessToken}` },
    });
    expect([status, body.slice(0, 200)]).toEqual([expect.any(Number), expect.any(String)]);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    const outcome = JSON.parse(body) as { resourceType: string; issue: { diagnostics: string }[] };
    expect(outcome.resourceType).toBe('OperationOutcome');
    expect(outcome.issue[0]?.diagnostics).toMatch(/\(request [0-9a-f-]{36}\)/);
    expect(body).not.toMatch(/SELECT|node_modules|at \w+ \(/);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'POST', 'TRACE', 'PROPFIND'])(
    'the method %s changes nothing',
    async (method) => {
      const answer = await raw(`${base.pathname}/Patient/${session.patient}`, {
        method,
        headers: {
          authorization: `Bearer ${session.accessToken}`,
          'content-type': 'application/json',
          'content-length': String(method === 'TRACE' ? 0 : PATIENT.length),
        },
        ...(method !== 'TRACE' && { body: PATIENT }),
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );

  test('F24, S18: no text of a request appears in the log of any service', async () => {
    const canary = `canary-${randomBytes(8).toString('hex')}`;
    const headers = {
      authorization: `Bearer ${session.accessToken}`,
      cookie: `session=${canary}`,
      'user-agent': canary,
      'x-request-id': canary,
      'content-type': 'application/x-www-form-urlencoded',
    };
    for (const path of ['Condition/_search', 'Claim/_search', 'Coverage/_search', `Condition/${canary}`])
      await raw(`${base.pathname}/${path}?patient=${canary}&_id=${canary}`, {
        method: 'POST',
        headers,
        body: `code=${canary}&access_token=${canary}`,
      });
    for (const path of [
      `Condition?patient=${canary}`,
      `Patient?_filter=${canary}`,
      `${canary}/1`,
      `%zz${canary}`,
    ])
      await raw(`${base.pathname}/${path}`, { headers: { ...headers, authorization: `Bearer ${canary}` } });
    const token = `${new URL(northwind.issuer).pathname}/token`;
    const body = `grant_type=refresh_token&refresh_token=${canary}&client_id=${canary}`;
    const { status } = await raw(token, { method: 'POST', headers, body });
    expect([400, 401]).toContain(status);
    // The services write their lines after a moment.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const logs = readdirSync(join(directory, 'logs'));
    expect(
      logs.filter((name) => /^(fhir-gateway|(auth|coverage|claims|clinical|audit)-service)\.log$/.test(name)),
    ).toHaveLength(6);
    const secrets = [
      canary,
      session.accessToken,
      session.refreshToken ?? canary,
      memberOf(northwind, 'ordinary').password,
    ];
    for (const name of logs) {
      const text = readFileSync(join(directory, 'logs', name), 'utf8');
      expect([name, secrets.filter((secret) => text.includes(secret))]).toEqual([name, []]);
    }
  });

  test('a token in the query is refused', async () => {
    expect((await raw(`${base.pathname}/Patient?access_token=${session.accessToken}`)).status).toBe(401);
  });
});
