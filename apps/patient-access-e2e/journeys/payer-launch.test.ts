import { beforeAll, describe, expect, test } from '@jest/globals';
import { FhirClient, launch, type ClientResource } from '@patient-access/first-call';
import { runToEnd } from '../installation/installation.ts';
import { adminSettings, auditEvents, connect, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const SCOPE = 'launch openid fhirUser patient/Coverage.rs patient/AuditEvent.rs';
const ADMIN = 'apps/auth-service/dist/admin.js';

interface Opened {
  status: number;
  requestId: string;
  launch: string;
}

describe('a launch from the plan’s portal', () => {
  let authorization: string;
  let coverage: string;
  beforeAll(async () => {
    const create = ['portal', 'create', '--tenant', northwind.id, '--name', 'Member Portal'];
    const { said } = await runToEnd(ADMIN, create, adminSettings());
    const { client_id, client_secret } = JSON.parse(said) as Record<string, string>;
    authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
    const { client } = await connect(northwind, 'many', 'launch/patient patient/Coverage.rs');
    coverage = (await client.search('Coverage'))[0]?.id ?? '';
  });

  /** Opens a launch as the portal's own server does. */
  async function open(body: Record<string, unknown>): Promise<Opened> {
    const response = await fetch(`${northwind.issuer}/launch`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { launch: value } = (await response.json()) as { launch: string };
    return { status: response.status, requestId: response.headers.get('x-request-id') ?? '', launch: value };
  }

  test('brings the app to the Coverage that the member was looking at', async () => {
    const { login, password, patientId } = memberOf(northwind, 'many');
    const opened = await open({
      patient: patientId,
      coverage,
      intent: 'coverage',
      need_patient_banner: false,
    });
    expect(opened.status).toBe(201);
    const session = await launch({ ...northwind, login, password, scope: SCOPE, launch: opened.launch });
    expect([session.patient, session.scope]).toEqual([patientId, SCOPE]);
    expect(session.context).toMatchObject({
      fhirContext: [{ reference: `Coverage/${coverage}` }],
      need_patient_banner: false,
      intent: 'coverage',
      tenant: 'northwind',
    });
    const client = new FhirClient(northwind.fhirBase, session.accessToken);
    const [{ reference }] = session.context.fhirContext as [{ reference: string }];
    const read = await client.json<ClientResource>(reference);
    expect([read.id, read['beneficiary']]).toMatchObject([coverage, { reference: `Patient/${patientId}` }]);
    const style = await fetch(String(session.context.smart_style_url));
    expect([style.status, style.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    // Nothing is withheld from the plan that opened the launch, so no app reads of it (ADR 53).
    await client.get('Coverage');
    await auditEvents(client, client.requestIds.slice(-1));
    expect(await client.search('AuditEvent?subtype=launch-open')).toEqual([]);
  });

  test('does not work for another login, or a second time', async () => {
    const { patientId } = memberOf(northwind, 'many');
    const { launch: value } = await open({ patient: patientId });
    const as = (persona: string) => {
      const { login, password } = memberOf(northwind, persona);
      return launch({ ...northwind, login, password, scope: SCOPE, launch: value });
    };
    await expect(as('ordinary')).rejects.toMatchObject({ error: 'access_denied' });
    expect((await as('many')).patient).toBe(patientId);
    await expect(as('many')).rejects.toMatchObject({ error: 'invalid_request' });
  });
});
