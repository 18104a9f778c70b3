/**
 * For every grant and every end of a grant, the page, the stored row, the token and the published fact say the same.
 */
import { waitUntil } from '@patient-access/testing';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction, type Pool } from '@patient-access/database';
import type { ConsentFact } from '@patient-access/events';
import { saveAccount } from '../../src/domain/administration/logins/accounts.ts';
import { setLoginPassword } from '../../src/domain/administration/logins/logins.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { endGrantsOf } from '../../src/domain/consent/end-grants.ts';
import { oldestDueSeconds, publishAgain } from '../../src/domain/consent/due-consents.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import {
  exchange,
  getCode,
  getTokens,
  introspect,
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { openApps, revokeFirst } from '../apps/member.ts';
import { consentOf } from '../consent/world.ts';
import { administrationOf } from '../administration.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { type ConsentReceiver, startConsentReceiver } from './consent-receiver.ts';

/** Apps do not import one another. This test compares two of them, so it loads the file at run time. */
const CONSENT = join(import.meta.dirname, '../../../coverage-service/src/consent/consent-resource.ts');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Consent {
  status: string;
  extension: { url: string; valueString?: string }[];
  provision: {
    class?: { code: string }[];
    securityLabel: { system: string; code: string }[];
    period: { end: string };
    actor: { reference: { display: string; identifier: { value: string } } }[];
  };
}

describe('publishing consents to the owner of Consent', () => {
  let world: World;
  let owner: ConsentReceiver;
  let pool: Pool;
  let prisma: PrismaClient;
  let app: RegisteredApp;
  let consentResource: (fact: ConsentFact) => Consent;
  beforeAll(async () => {
    ({ consentResource } = (await import(CONSENT)) as { consentResource: (fact: ConsentFact) => Consent });
    owner = await startConsentReceiver();
    world = await startWorld({ coverageUrl: owner.url });
    pool = await createPool(world.databaseUrl, { max: 2 });
    prisma = createPrisma(pool);
    app = await registerApp(world, { client_name: 'Health & Diary' });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
    await owner?.stop();
  });

  const grantOf = async (tokens: Record<string, string>) =>
    (await introspect(world, tokens['access_token'] as string)).body['grant_id'] as string;
  const newGrant = async (login = 'maria.many') => grantOf(await getTokens(world, app, {}, login));
  const endedBy = async (whose: Parameters<typeof endGrantsOf>[1], reason: 'plan' | 'app') =>
    inTransaction(pool, (client) =>
      endGrantsOf(async (text, values) => (await client.query(text, values)).rows, whose, reason, {
        requestId: crypto.randomUUID(),
        tenant: { id: 'northwind', issuer: '' },
      }),
    );

  it('sends exactly what was shown and chosen, and the FHIR Consent contains it', async () => {
    const scope = 'openid fhirUser launch/patient offline_access patient/Coverage.rs patient/Condition.read';
    const { url, verifier } = startAuthorization(world, app, { scope });
    const [browser, chooser] = await openAndLogIn(world, url, 'paul.parent');
    const page = await browser.submit(chooser, 'choose', (form) => form.set('member', 'cora'));
    const answer = await browser.submit(page, 'agree', (form) => {
      form.delete('kind', 'coverage');
      form.set('sensitive', 'mental-health');
    });
    const { body } = await exchange(world, app, redirected(answer).get('code') as string, verifier);
    const { body: claims } = await introspect(world, body['access_token'] as string);
    const row = await consentOf(world, claims['grant_id'] as string);
    const [fact] = (await owner.of(row.grant_id, 1)) as [ConsentFact];
    expect(fact).toEqual({
      tenant: 'northwind',
      grantId: row.grant_id,
      member: 'cora',
      plan: { iss: tenantOf(world).issuer, name: 'Northwind Health Plan' },
      client: { id: app.client_id, name: 'Health & Diary' },
      by: { sub: claims['sub'], reference: 'Patient/paul' },
      scope: body['scope'],
      labels: row.sensitive_labels,
      granted: row.granted_at.toISOString(),
      until: row.until.toISOString(),
      snapshotSha256: sha256(row.snapshot),
      receipt: `${world.url}/auth/northwind/apps/${row.grant_id}/receipt.jwt`,
    });
    const consent = consentResource(fact);
    expect(consent.status).toBe('active');
    expect(consent.extension).toEqual([
      { url: 'urn:payer-patient-access:scope', valueString: row.scope },
      { url: 'urn:payer-patient-access:snapshot-sha256', valueString: sha256(row.snapshot) },
    ]);
    const { provision } = consent;
    expect(provision.class?.map(({ code }) => code)).toEqual(['Condition']);
    expect(provision.securityLabel.slice(1).map(({ system, code }) => `${system}|${code}`)).toEqual(
      row.sensitive_labels,
    );
    expect(provision.period.end).toBe(row.until.toISOString());
    expect(provision.actor[0]?.reference).toEqual({
      identifier: { value: app.client_id },
      display: 'Health & Diary',
    });
  });

  it('sends who agreed, even if the app does not learn it', async () => {
    const scope = 'launch/patient patient/Coverage.rs';
    const byMember = await getTokens(world, app, { scope });
    const byDelegate = await getTokens(world, app, { scope }, 'rita.related');
    const unknown = await getTokens(world, app, { scope }, 'gina.guardian');
    const references = await Promise.all(
      [byMember, byDelegate, unknown].map(
        async (tokens) => (await owner.of(await grantOf(tokens), 1))[0]?.by.reference,
      ),
    );
    expect(references).toEqual(['Patient/maria', 'RelatedPerson/rita', undefined]);
  });

  it('sends nothing when the consent covers no member’s data', async () => {
    const grantId = await grantOf(await getTokens(world, app, { scope: 'openid' }));
    const barrier = await newGrant();
    expect(await owner.of(barrier, 1)).toHaveLength(1);
    expect(await owner.of(grantId, 0)).toEqual([]);
  });

  it('sends the end by the member', async () => {
    const grantId = await newGrant();
    await revokeFirst(world, await openApps(world));
    expect(await owner.ended(grantId)).toEqual({ at: expect.any(String), reason: 'member' });
  });

  it('sends the end by the app (RFC 7009)', async () => {
    const tokens = await getTokens(world, app);
    const grantId = await grantOf(tokens);
    const form = new URLSearchParams({ token: tokens['refresh_token'] as string, client_id: app.client_id });
    expect((await post(`${tenantOf(world).issuer}/revoke`, form)).status).toBe(200);
    expect(await owner.ended(grantId)).toMatchObject({ reason: 'app' });
  });

  it('sends the end by the plan, which bans the app', async () => {
    const banned = await registerApp(world);
    const grantId = await grantOf(await getTokens(world, banned));
    await endedBy({ client: banned.client_id }, 'plan');
    expect(await owner.ended(grantId)).toMatchObject({ reason: 'plan' });
  });

  it('sends the end by the plan, which withdraws the right to act for another person', async () => {
    const grantId = await newGrant('rita.related');
    const account = { tenant: 'northwind', login: 'rita.related', password: PASSWORD };
    const patients = [{ id: 'selma', relationship: 'other', name: 'Selma Okafor' }];
    await saveAccount(prisma, { ...account, fhirUser: 'RelatedPerson/rita', patients });
    expect(await owner.ended(grantId)).toMatchObject({ reason: 'relation' });
  });

  it('sends the end by a new password', async () => {
    const grantId = await newGrant();
    const login = 'maria.many';
    await setLoginPassword(administrationOf(pool), login, 'a new and better password');
    expect(await owner.ended(grantId)).toMatchObject({ reason: 'password' });
    await setLoginPassword(administrationOf(pool), login, PASSWORD);
  });

  it('sends the end by the second use of a code', async () => {
    const { code, verifier } = await getCode(world, app);
    const first = await exchange(world, app, code, verifier);
    const grantId = await grantOf(first.body as Record<string, string>);
    expect((await exchange(world, app, code, verifier)).status).toBe(400);
    expect(await owner.ended(grantId)).toMatchObject({ reason: 'reuse' });
  });

  it('sends the agreed end at its time', async () => {
    const grantId = await newGrant();
    await owner.of(grantId, 1);
    await world.db.query(
      `UPDATE consent SET until = now() + interval '1 second', publish_at = now() + interval '1 second' WHERE grant_id = $1`,
      [grantId],
    );
    const { until } = await consentOf(world, grantId);
    expect(await owner.ended(grantId)).toEqual({ at: until.toISOString(), reason: 'expiry' });
  });

  it('sends later what could not be sent, with the ends that came meanwhile', async () => {
    owner.available = false;
    const grantId = await newGrant();
    await delay(700);
    await endedBy({ grant: grantId }, 'app');
    expect(await owner.of(grantId, 0)).toEqual([]);
    owner.available = true;
    const facts = await owner.of(grantId, 1);
    expect(facts.at(-1)?.ended).toMatchObject({ reason: 'app' });
  });

  it('sends the end, even if it comes during a publication', async () => {
    const ROUNDS = 12;
    const grants: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const grantId = await newGrant();
      grants.push(grantId);
      await delay(round * 60);
      await endedBy({ grant: grantId }, 'app');
    }
    const reasons = await Promise.all(grants.map(async (grantId) => (await owner.ended(grantId))?.reason));
    expect(reasons).toEqual(grants.map(() => 'app'));
    // The owner has the fact a moment before the consent is marked as published.
    await waitUntil(async () => {
      const { rowCount } = await world.db.query(
        'SELECT 1 FROM consent WHERE grant_id = ANY ($1) AND publish_at IS NOT NULL',
        [grants],
      );
      return rowCount === 0 || undefined;
    });
  }, 60_000);

  it('publishes from one replica at a time, and from another when that one stops', async () => {
    await world.replica();
    const before = owner.facts.length;
    const grantId = await newGrant();
    expect(await owner.of(grantId, 1)).toHaveLength(1);
    await delay(1_500);
    expect(owner.facts.slice(before).filter((fact) => fact.grantId === grantId)).toHaveLength(1);
  });

  it('sends what one plan has although that of another is refused, and that as soon as it is accepted', async () => {
    const origin = await newGrant();
    await owner.of(origin, 1);
    /** Copies a consent to a tenant, due for a minute or more. @returns the grants, the one due for longest first */
    const copies = async (tenant: string, count: number) => {
      const { rows } = await world.db.query<{ grant_id: string }>(
        `INSERT INTO consent
         SELECT (jsonb_populate_record(c, jsonb_build_object('tenant', $2::text, 'grant_id', gen_random_uuid()::text,
                   'publish_at', now() - interval '1 minute' - interval '1 second' * ($3 - n)))).*
           FROM consent c, generate_series(1, $3::int) AS n WHERE grant_id = $1 ORDER BY n
         RETURNING grant_id`,
        [origin, tenant, count],
      );
      return rows.map(({ grant_id: id }) => id);
    };
    owner.refuses.add('northwind').add('strict');
    const refused = [...(await copies('northwind', 101)), ...(await copies('strict', 100))];
    const [accepted = ''] = await copies('lakeside', 1);
    expect(await owner.of(accepted, 1)).toMatchObject([{ tenant: 'lakeside' }]);
    const arrived = () => owner.facts.filter(({ grantId }) => refused.includes(grantId)).length;
    expect(arrived()).toBe(0);
    // They wait for as long as they are due, whatever is tried meanwhile.
    expect(await oldestDueSeconds(pool)).toBeGreaterThan(159);
    owner.refuses.clear();
    await waitUntil(() => arrived() >= refused.length, { withinMs: 20_000 });
  });

  it('publishes all consents of a tenant again on demand', async () => {
    const { rows } = await world.db.query<{ count: string }>(
      `SELECT count(*) FROM consent WHERE tenant = 'northwind' AND member IS NOT NULL`,
    );
    owner.facts.length = 0;
    expect(await publishAgain(pool, 'northwind')).toBe(Number(rows[0]?.count));
    await waitUntil(() => owner.facts.length >= Number(rows[0]?.count));
    expect(owner.facts).toHaveLength(Number(rows[0]?.count));
    expect(await publishAgain(pool, 'nowhere')).toBe(0);
  });
});
