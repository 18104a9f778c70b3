/** Transfers, which the yearly report counts, are stored with the trail in one transaction. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EMPTY_BODY_HASH } from '@patient-access/events';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';

describe('transfers', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.empty());
  afterAll(() => world?.stop());

  const counted = async () =>
    (
      await world.admin.query<{ of: string }>(
        `SELECT concat_ws(' ', tenant, member, client, day) AS of FROM trail.transfer ORDER BY 1`,
      )
    ).rows.map(({ of }) => of);

  it('count once for each app, member and day, however many requests there are and however often they are delivered', async () => {
    const events = [
      accessEvent(),
      accessEvent({ request: 'GET ExplanationOfBenefit/8' }),
      accessEvent({ service: 'coverage-service', counts: { Coverage: 2, Organization: 1 } }),
      accessEvent({ client: { id: 'app-2' } }),
      accessEvent({ recorded: '2026-11-26T00:00:00.000Z' }),
      accessEvent({ member: 'ben' }),
      accessEvent({ tenant: 'lakeside' }),
    ];
    for (let time = 0; time < 2; time += 1)
      expect((await world.deliver(asLines(...events, ...events))).status).toBe(204);
    expect(await counted()).toEqual([
      'lakeside anna app-1 2026-11-25',
      'northwind anna app-1 2026-11-25',
      'northwind anna app-1 2026-11-26',
      'northwind anna app-2 2026-11-25',
      'northwind ben app-1 2026-11-25',
    ]);
  });

  it.each([
    ['a refusal', { outcome: '4', reason: 'not-found', counts: undefined, bodyHash: undefined }],
    ['an empty result', { counts: { Observation: 0 } }],
    ['an unchanged page (304)', { bodyHash: EMPTY_BODY_HASH }],
    ['the plan’s directory', { counts: { Practitioner: 3, Location: 1 } }],
    ['the directory without a resource of the member', { counts: { Observation: 0, Practitioner: 3 } }],
    ['the record of access itself', { counts: { AuditEvent: 5 } }],
    ['a backend service', { member: undefined, grantId: undefined, user: undefined }],
    [
      'the insurance card at the plan’s own pages',
      { client: { id: 'member-pages' }, grantId: 'member-pages', counts: { Coverage: 1 } },
    ],
    [
      'who opened a link to a card',
      { client: { id: 'card-link', name: 'Front desk' }, counts: { Coverage: 1 } },
    ],
    ['a login', { kind: 'login', action: 'login', counts: undefined }],
  ] as const)('do not count %s', async (_what, change) => {
    await world.deliver(asLines(accessEvent(change as Parameters<typeof accessEvent>[0])));
    expect(await counted()).toEqual([]);
    const { rows } = await world.admin.query('SELECT id FROM trail.audit_event');
    expect(rows).toHaveLength(1);
  });

  it('are stored with their events or not at all', async () => {
    await world.admin.query('ALTER TABLE trail.transfer RENAME TO away');
    expect((await world.deliver(asLines(accessEvent()))).status).toBe(500);
    await world.admin.query('ALTER TABLE trail.away RENAME TO transfer');
    expect((await world.admin.query('SELECT id FROM trail.audit_event')).rows).toEqual([]);
    expect(await counted()).toEqual([]);
  });

  it('are hidden from the role that serves members, and no role may change them', async () => {
    const { rows } = await world.admin.query<{ role: string; privilege: string }>(
      `SELECT grantee AS role, privilege_type AS privilege FROM information_schema.role_table_grants
        WHERE table_name = 'transfer' AND grantee <> 'audit_owner' ORDER BY 1, 2`,
    );
    expect(rows.map(({ role, privilege }) => `${role} ${privilege}`)).toEqual([
      'audit_auditor SELECT',
      'audit_ingest SELECT',
    ]);
  });
});
