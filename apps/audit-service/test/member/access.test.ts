/** The summary of who accessed a member's data, for the page that shows it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import type { TokenClaims } from '@patient-access/smart';
import { ask, type Answer } from '@patient-access/testing';
import { EVENTS } from '../events.ts';
import { auditorCredential } from '../auditor-search/auditors.ts';
import { accessEvent, asMember, asLines, startWorld, type World } from '../world.ts';

const MAY = 'from=2026-05-01&to=2026-05-31&zone=America/New_York';

/** What services give of a record, each a part. */
const PARTS: AccessEvent['counts'][] = [
  { Coverage: 1 },
  { Claim: 2, ExplanationOfBenefit: 3 },
  { Condition: 4 },
];

interface AccessSummary {
  accesses: Record<string, unknown>[];
  complete: boolean;
}

describe('the summary of access to a member’s data', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());
  beforeEach(() => world.empty());

  async function asked(
    query = MAY,
    change: Partial<TokenClaims> = {},
    [tenant, member]: [string, string] = ['northwind', 'anna'],
  ): Promise<Answer> {
    const claims = world.issuer.claims(tenant, member, { scope: 'patient/AuditEvent.s', ...change });
    const headers = { authorization: `Bearer ${await world.issuer.sign(claims)}` };
    return ask(world.url, `/internal/access/${tenant}?${query}`, { headers });
  }
  const summaryIn = ({ text }: Answer): AccessSummary => JSON.parse(text) as AccessSummary;
  const at = (recorded: string, kind: Partial<AccessEvent> = {}): AccessEvent =>
    accessEvent({ ...kind, recorded });
  const deliver = async (...events: AccessEvent[]) => {
    expect((await world.deliver(asLines(...events))).status).toBe(204);
  };
  const recorded = async () => {
    const { rows } = await world.admin.query<{ event: AccessEvent }>(
      'SELECT body::json AS event FROM outbox ORDER BY created_at DESC LIMIT 1',
    );
    return rows[0]?.event;
  };

  it('counts by app, login, day in the plan’s time zone, and outcome', async () => {
    await deliver(
      at('2026-05-03T12:00:00.000Z'),
      at('2026-05-03T13:00:00.000Z', { counts: { ExplanationOfBenefit: 4, PaymentNotice: 2 } }),
      // In the plan's time zone it is still the third.
      at('2026-05-04T03:59:00.000Z', { ...EVENTS['refused read'], user: undefined }),
      at('2026-05-05T12:00:00.000Z', EVENTS['failed read']),
      at('2026-05-06T12:00:00.000Z', EVENTS['consent given']),
      // The end of the consent that was narrowed is told by the event of the narrower one.
      at('2026-05-06T11:00:00.000Z', { ...EVENTS['consent changed'], action: 'narrow' }),
      at('2026-05-06T11:00:01.000Z', { ...EVENTS['consent revoked by the member'], reason: 'narrowed' }),
      at('2026-05-06T12:00:01.000Z', EVENTS['login']),
      at('2026-05-06T12:00:02.000Z', EVENTS['token issued']),
    );
    const by = { app: 'app-1', name: 'Health Diary', login: 'login-1', what: null, type: null, resources: 0 };
    const { accesses, complete } = summaryIn(await asked());
    expect(complete).toBe(true);
    expect(accesses).toEqual([
      { ...by, day: '2026-05-06', happened: 'consent', what: 'grant', times: 1 },
      { ...by, day: '2026-05-06', happened: 'consent', what: 'narrow', times: 1 },
      { ...by, day: '2026-05-05', happened: 'failed', what: 'transient', times: 1 },
      { ...by, day: '2026-05-03', happened: 'refused', what: 'not-found', login: null, times: 1 },
      { ...by, day: '2026-05-03', happened: 'read', type: 'ExplanationOfBenefit', times: 2, resources: 5 },
      { ...by, day: '2026-05-03', happened: 'read', type: 'PaymentNotice', times: 0, resources: 2 },
    ]);
  });

  it('adds up however much there is', async () => {
    const most = () => at('2026-05-03T12:00:00.000Z', { counts: { Claim: 2_147_483_647 } });
    await deliver(most(), most());
    expect(summaryIn(await asked()).accesses).toMatchObject([{ times: 2, resources: 4_294_967_294 }]);
  });

  it('has what userinfo told an app of the login, which the accounting of disclosures has too', async () => {
    const nothing = { type: undefined, resource: undefined, counts: undefined, bodyHash: undefined };
    const account = (action: string, outcome: AccessEvent['outcome'] = '0') =>
      at('2026-05-03T12:00:00.000Z', {
        ...nothing,
        kind: 'account',
        service: 'auth-service',
        action,
        outcome,
      });
    await deliver(
      account('read-userinfo'),
      account('read-userinfo'),
      account('read-userinfo', '4'),
      account('read-apps'),
    );
    expect(summaryIn(await asked()).accesses).toEqual([
      {
        ...{ day: '2026-05-03', app: 'app-1', name: 'Health Diary', login: 'login-1', happened: 'read' },
        ...{ what: null, type: null, times: 2, resources: 2 },
      },
    ]);
  });

  it('F65: says that the record was corrected and by what act, and nothing else of it', async () => {
    await deliver(at('2026-05-03T12:00:00.000Z', EVENTS['correction of a record']));
    expect(summaryIn(await asked(MAY, { whole_record: true })).accesses).toEqual([
      {
        ...{ day: '2026-05-03', app: '', name: '', login: null, happened: 'corrected' },
        ...{ what: 'withdraw', type: null, times: 1, resources: 0 },
      },
    ]);
    expect(summaryIn(await asked()).accesses).toEqual([]);
  });

  it('A21: shows a reading whose answer broke off as one entry that says so', async () => {
    const requestId = '019abcde-0000-7000-8000-00000000b0ff';
    await deliver(
      at('2026-05-03T12:00:00.000Z', { requestId }),
      at('2026-05-03T12:00:01.000Z', {
        ...{ requestId, service: 'claims-service/edge', kind: 'attempt', action: 'interrupt', outcome: '4' },
        ...{ reason: 'client-left', counts: undefined, resource: undefined, bodyHash: undefined },
      }),
      at('2026-05-04T12:00:00.000Z'),
    );
    expect(
      summaryIn(await asked()).accesses.map(({ day, happened, times }) => [day, happened, times]),
    ).toEqual([
      ['2026-05-04', 'read', 1],
      ['2026-05-03', 'interrupted', 1],
    ]);
  });

  it('counts a request once to which several services gave a part, also where its answer broke off', async () => {
    const everything = (day: string, requestId: string) =>
      PARTS.map((counts) =>
        at(`${day}T12:00:00.000Z`, {
          requestId,
          action: 'search-type',
          request: 'GET Patient/anna/$everything',
          counts,
        }),
      );
    const broken = randomUUID();
    await deliver(
      ...everything('2026-05-03', randomUUID()),
      ...everything('2026-05-03', randomUUID()),
      ...everything('2026-05-04', broken),
      at('2026-05-04T12:00:01.000Z', {
        ...{ requestId: broken, service: 'auth-service/gateway', kind: 'attempt', action: 'interrupt' },
        ...{
          outcome: '4',
          reason: 'client-left',
          counts: undefined,
          resource: undefined,
          bodyHash: undefined,
        },
      }),
    );
    const { accesses } = summaryIn(await asked());
    const timesOf = (happened: string) =>
      accesses
        .filter((each) => each['happened'] === happened)
        .reduce((sum, each) => sum + Number(each['times']), 0);
    expect([timesOf('read'), timesOf('interrupted')]).toEqual([2, 1]);
    expect(accesses).toContainEqual(
      expect.objectContaining({ happened: 'read', type: 'Claim', resources: 4 }),
    );
    expect(await recorded()).toMatchObject({ counts: { AuditEvent: 9 } });
  });

  it('covers the requested days and no others', async () => {
    await deliver(
      at('2026-05-01T03:59:59.999Z'),
      at('2026-05-01T04:00:00.000Z'),
      at('2026-06-01T03:59:59.999Z'),
      at('2026-06-01T04:00:00.000Z'),
    );
    expect(summaryIn(await asked()).accesses.map(({ day }) => day)).toEqual(['2026-05-31', '2026-05-01']);
  });

  it('is about the member of the introspection JWT, whatever the address says', async () => {
    await deliver(
      at('2026-05-03T12:00:00.000Z', { member: 'ben' }),
      at('2026-05-03T12:00:00.000Z', { tenant: 'lakeside' }),
    );
    for (const more of ['', '&patient=ben', '&member=ben', '&tenant=lakeside'])
      expect(summaryIn(await asked(`${MAY}${more}`)).accesses).toEqual([]);
    expect(summaryIn(await asked(MAY, {}, ['northwind', 'ben'])).accesses).toHaveLength(1);
    // Row-level security would hide other members too, so this checks that the statement itself names the member.
    const { rows } = await world.admin.query(
      "SELECT FROM pg_stat_activity WHERE usename = 'audit_service' AND query ~ 'e.tenant = [$]1 AND e.member = [$]2'",
    );
    expect(rows.length).toBeGreaterThan(0);
    const other = world.issuer.claims('northwind', 'anna', { scope: 'patient/AuditEvent.s' });
    const headers = { authorization: `Bearer ${await world.issuer.sign(other)}` };
    expect((await ask(world.url, `/internal/access/lakeside?${MAY}`, { headers })).status).toBe(401);
  });

  it('is recorded as one read of the trail before it is sent', async () => {
    await deliver(at('2026-05-03T12:00:00.000Z'), at('2026-05-04T12:00:00.000Z'));
    const answer = await asked();
    expect(answer.headers['x-response-subject']).toBe('northwind/anna');
    expect(await recorded()).toMatchObject({
      kind: 'rest',
      action: 'search-type',
      type: 'AuditEvent',
      outcome: '0',
      member: 'anna',
      counts: { AuditEvent: 2 },
      request: `GET access?${MAY}`,
    });
    await world.admin.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const refused = await asked();
      expect(refused.status).toBe(503);
      expect(refused.text).not.toContain('app-1');
    } finally {
      await world.admin.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
  });

  it('is refused without the scope, to an auditor, and for a wrong period, and the refusal is recorded', async () => {
    for (const [scope, status] of [
      ['patient/Coverage.rs', 403],
      ['patient/AuditEvent.r', 403],
      ['patient/*.rs', 403],
      ['patient/AuditEvent.s?outcome=0', 403],
      ['patient/AuditEvent.s', 200],
    ] as const) {
      expect((await asked(MAY, { scope })).status).toBe(status);
      expect(await recorded()).toMatchObject({
        outcome: status === 200 ? '0' : '4',
        request: `GET access?${MAY}`,
      });
    }
    const auditor = { authorization: await auditorCredential(world) };
    expect((await ask(world.url, `/internal/access/northwind?${MAY}`, { headers: auditor })).status).toBe(
      403,
    );
    for (const query of ['from=x', `${MAY}&zone=UTC`, 'from=2026-05-02&to=2026-05-01', 'zone=Nowhere/City'])
      expect((await asked(query)).status).toBe(400);
    expect((await ask(world.url, `/internal/access/northwind?${MAY}`)).status).toBe(401);
    expect((await (await asMember(world, 'northwind', 'anna'))('AuditEvent')).status).toBe(200);
  });

  it('says when there are more events than it counts', async () => {
    const many = Array.from({ length: 5_000 }, () => at('2026-05-03T12:00:00.000Z'));
    await deliver(...many);
    await deliver(at('2026-05-04T12:00:00.000Z'));
    const { accesses, complete } = summaryIn(await asked());
    expect([complete, accesses.map(({ times }) => times)]).toEqual([false, [1, 4_999]]);
  });
});
