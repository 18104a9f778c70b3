import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { notGranted } from '../../src/domain/scopes/not-granted.ts';
import { getTokens, post, refresh, registerApp, startAuthorization } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

interface Found {
  scope: string;
  reason: string;
  text: string;
}

const reasons = (found: unknown) =>
  Object.fromEntries((found as Found[]).map(({ scope, reason }) => [scope, reason]));

describe('what was asked for and not granted', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const ASKED =
    'openid launch launch/patient offline_access patient/*.rs patient/Observations.rs patient/Condition.cruds patient/Claim.c system/Patient.rs email';

  it('stands beside the token with its reason, again at each refresh, and not when the app itself asks for less', async () => {
    const app = await registerApp(world);
    const tokens = await getTokens(world, app, { scope: ASKED });
    const expected = {
      launch: 'not-for-this-app',
      'patient/Observations.rs': 'unknown',
      'patient/Condition.cruds': 'not-offered',
      'patient/Claim.c': 'not-offered',
      'system/Patient.rs': 'not-for-this-app',
      email: 'unknown',
      'patient/AuditEvent.rs': 'by-name-only',
      'patient/Consent.rs': 'by-name-only',
    };
    expect(reasons(tokens['scope_not_granted'])).toEqual(expected);
    expect(JSON.stringify(tokens['scope_not_granted'])).toContain('ask for patient/AuditEvent.rs by name');
    expect(JSON.stringify(tokens['scope_not_granted'])).toContain('Is Observation meant?');
    const again = await refresh(world, app, tokens['refresh_token'] ?? '');
    expect(reasons(again.body['scope_not_granted'])).toEqual(expected);
    const token = String(again.body['refresh_token']);
    const less = await refresh(world, app, token, { scope: 'patient/Observation.rs' });
    expect(less.body).not.toHaveProperty('scope_not_granted');
  });

  it('is not there when everything was granted', async () => {
    const scope =
      'openid fhirUser launch/patient offline_access patient/*.rs patient/AuditEvent.rs patient/Consent.rs';
    const tokens = await getTokens(world, await registerApp(world), { scope });
    expect(tokens).not.toHaveProperty('scope_not_granted');
  });

  it('is told at the push already, and a client cannot choose what was asked', async () => {
    const app = await registerApp(world, { grant_types: ['authorization_code'] });
    const change = { scope: `${ASKED} fhirUser`, asked_scope: 'nothing' };
    const { searchParams } = new URL(startAuthorization(world, app, change).url);
    const pushed = await post(`${tenantOf(world).issuer}/par`, searchParams);
    expect(pushed.status).toBe(201);
    expect(reasons(pushed.body['scope_not_granted'])).toMatchObject({
      offline_access: 'not-for-this-app',
      email: 'unknown',
      'patient/AuditEvent.rs': 'by-name-only',
    });
  });

  it('is what the member left out, too', () => {
    expect(
      reasons(
        notGranted(
          'launch/patient patient/*.rs patient/AuditEvent.rs patient/Consent.r',
          'launch/patient patient/Claim.rs',
          { refreshable: true },
        ),
      ),
    ).toEqual({
      'patient/*.rs': 'not-agreed',
      'patient/AuditEvent.rs': 'not-agreed',
      'patient/Consent.r': 'not-agreed',
    });
    expect(notGranted('patient/Claim.read', 'patient/Claim.read', { refreshable: true })).toEqual([]);
    expect(
      notGranted('offline_access online_access openid', 'offline_access openid', { refreshable: true }),
    ).toEqual([]);
  });
});
