import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import request from 'supertest';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';

interface AuditEvent {
  id: string;
  meta: { profile?: string[] };
  outcome: string;
  action: string;
  entity: {
    what?: { reference?: string; identifier?: { value: string } };
    type: { code: string };
    role?: { code: string };
    query?: string;
  }[];
  agent: {
    type: { coding: { code: string }[] };
    requestor: boolean;
    who: { identifier?: { system?: string; value: string } };
    policy?: string[];
    network?: { address: string };
  }[];
}

describe('the audit trail', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  const http = () => request(world.app.getHttpServer());
  const deliver = (lines: readonly string[]) => world.deliver(lines);
  const deliverEvents = (...events: AccessEvent[]) => deliver(asLines(...events));

  async function trailOf(
    member: string,
    tenant = 'northwind',
    scope = 'patient/AuditEvent.rs',
  ): Promise<AuditEvent[]> {
    const jwt = await world.issuer.sign(world.issuer.claims(tenant, member, { scope }));
    const answer = await http().get(`/${tenant}/AuditEvent?_count=100`).set('authorization', `Bearer ${jwt}`);
    expect(answer.status).toBe(200);
    const { entry = [] } = JSON.parse(answer.text) as { entry?: { resource: AuditEvent }[] };
    return entry.map(({ resource }) => resource);
  }
  const requestIdOf = (event: AuditEvent) => event.entity[0]?.what?.identifier?.value;
  const ofRequest = (trail: AuditEvent[], { requestId }: AccessEvent) =>
    trail.filter((event) => requestIdOf(event) === requestId);

  test('a read becomes a BALP PatientRead', async () => {
    const event = accessEvent();
    expect((await deliverEvents(event)).status).toBe(204);
    const [read] = ofRequest(await trailOf('anna'), event);
    expect(read?.meta.profile).toEqual([
      'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead',
    ]);
    expect([read?.action, read?.outcome]).toEqual(['R', '0']);
    const [client, server, user] = read?.agent ?? [];
    expect(client?.type.coding[0]?.code).toBe('110152');
    expect(client?.who.identifier?.value).toBe('app-1');
    expect(client?.network?.address).toBe('192.0.2.7');
    expect(server?.type.coding[0]?.code).toBe('110153');
    expect(user?.type.coding[0]?.code).toBe('IRCP');
    expect(user?.requestor).toBe(true);
    expect(user?.who.identifier).toEqual({ system: event.user?.iss, value: 'login-1' });
    expect(user?.policy).toEqual(['urn:ietf:params:oauth:jti:sha256.jti-1']);
    const patients = read?.entity.filter(({ role }) => role?.code === '1').map(({ what }) => what?.reference);
    const data = read?.entity.filter(({ role }) => role?.code === '4').map(({ what }) => what?.reference);
    expect([patients, data]).toEqual([['Patient/anna'], ['ExplanationOfBenefit/7/_history/2']]);
  });

  test('a search becomes a BALP PatientQuery with the request in base64 and without its results', async () => {
    const event = accessEvent({
      action: 'search-type',
      resource: undefined,
      request: 'GET Condition?code=http://snomed.info/sct|1',
    });
    await deliverEvents(event);
    const [query] = ofRequest(await trailOf('anna'), event);
    expect(query?.meta.profile?.[0]).toMatch(/IHE\.BasicAudit\.PatientQuery$/);
    expect(query?.action).toBe('E');
    // A query has source and destination the other way round than a read.
    expect(query?.agent[0]?.type.coding[0]?.code).toBe('110153');
    const entity = query?.entity.find(({ role }) => role?.code === '24');
    expect(Buffer.from(entity?.query ?? '', 'base64').toString()).toBe(event.request);
    expect(entity?.what).toBeUndefined();
  });

  test('a refusal claims no profile, and names the token’s member and not the requested one', async () => {
    const refused = {
      outcome: '4',
      reason: 'not-found',
      resource: undefined,
      counts: undefined,
      bodyHash: undefined,
    } as const;
    const event = accessEvent({ ...refused, request: 'GET Patient/berta' });
    await deliverEvents(event);
    const [refusal] = ofRequest(await trailOf('anna'), event);
    expect([refusal?.outcome, refusal?.meta.profile]).toEqual(['4', undefined]);
    expect(refusal?.entity.flatMap(({ what }) => what?.reference ?? [])).toEqual(['Patient/anna']);
    expect(await trailOf('berta')).toEqual([]);
  });

  test('an event that is delivered again, alone or in a batch, is stored once', async () => {
    const event = accessEvent();
    await deliverEvents(event);
    await deliverEvents(event, accessEvent(), event);
    expect(ofRequest(await trailOf('anna'), event)).toHaveLength(1);
  });

  test('one request to two services is two events with the same request id', async () => {
    const event = accessEvent();
    const other = { resource: { reference: 'Coverage/1', version: '1' }, counts: { Coverage: 1 } };
    await deliverEvents(event, { ...event, ...other, service: 'coverage-service' });
    expect(ofRequest(await trailOf('anna'), event)).toHaveLength(2);
  });

  test('two tenants with the same ids have separate trails', async () => {
    const event = accessEvent({ member: 'twin' });
    await deliverEvents(event, { ...event, tenant: 'lakeside' });
    const [here, there] = [await trailOf('twin'), await trailOf('twin', 'lakeside')];
    expect([here.length, there.length]).toEqual([1, 1]);
    expect(here[0]?.id).not.toBe(there[0]?.id);
  });

  test('an event about no member is stored, and no member sees it', async () => {
    const event = accessEvent({
      kind: 'denied-attempts',
      action: 'denied',
      member: undefined,
      user: undefined,
      count: 17,
      outcome: '4',
    });
    expect((await deliverEvents(event)).status).toBe(204);
    const stored = await world.admin.query<{ member: string }>(
      'SELECT member FROM trail.audit_event WHERE record LIKE $1',
      [`%${event.requestId}%`],
    );
    expect(stored.rows).toEqual([{ member: '~' }]);
    for (const member of ['anna', 'nobody']) expect(ofRequest(await trailOf(member), event)).toEqual([]);
  });

  test('a wildcard scope does not open the trail, and each read of the trail is an event', async () => {
    const jwt = await world.issuer.sign(world.issuer.claims('northwind', 'anna', { scope: 'patient/*.rs' }));
    expect((await http().get('/northwind/AuditEvent').set('authorization', `Bearer ${jwt}`)).status).toBe(
      403,
    );
    await trailOf('anna');
    const { rows } = await world.admin.query<{ body: string }>('SELECT body FROM outbox ORDER BY created_at');
    const own = rows.map(({ body }) => JSON.parse(body) as AccessEvent);
    expect(own.some(({ reason }) => reason === 'scope-insufficient')).toBe(true);
    expect(own.at(-1)).toMatchObject({
      service: 'audit-service',
      type: 'AuditEvent',
      outcome: '0',
      member: 'anna',
    });
  });

  test.each([
    ['not json'],
    ['{"v":1,"requestId":"x"}'],
    [JSON.stringify({ v: 1, ...accessEvent(), extra: 1 })],
  ])('what is no event is kept for a person and holds up nothing: %s', async (line) => {
    const event = accessEvent();
    expect((await deliver([line, ...asLines(event)])).status).toBe(204);
    expect(ofRequest(await trailOf('anna'), event)).toHaveLength(1);
    const { rows } = await world.admin.query<{ body: string }>(
      'SELECT body FROM dead_letter ORDER BY id DESC LIMIT 1',
    );
    expect(rows[0]?.body).toContain(line);
  });

  test('a delivery that could not be stored is not acknowledged', async () => {
    await world.admin.query('REVOKE EXECUTE ON FUNCTION trail.append FROM audit_ingest');
    const event = accessEvent();
    expect((await deliverEvents(event)).status).toBeGreaterThanOrEqual(500);
    await world.admin.query('GRANT EXECUTE ON FUNCTION trail.append TO audit_ingest');
    expect(ofRequest(await trailOf('anna'), event)).toEqual([]);
    expect((await deliverEvents(event)).status).toBe(204);
    expect(ofRequest(await trailOf('anna'), event)).toHaveLength(1);
  });
});
