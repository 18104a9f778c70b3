import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { INTROSPECTION_JWT_TYPE, TokenClaims } from '@patient-access/smart';
import * as jose from 'jose';
import { waitUntil } from '@patient-access/testing';
import { configureTenant } from '../../src/domain/administration/plans/tenants.ts';
import { getTokens, introspect, post, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { openLaunch, type Portal, registerPortal } from './portal.ts';

type Members = Record<string, unknown>;

const ROLE = 'https://plan.example/roles/disputed';
const SAID = {
  coverage: 'c1',
  fhirContext: [
    { reference: 'Claim/7', role: ROLE },
    { canonical: 'https://plan.example/Questionnaire/1', type: 'Questionnaire' },
    { reference: 'ExplanationOfBenefit/9' },
  ],
  intent: 'show-claim',
  need_patient_banner: false,
};
const OBJECTS = [{ reference: 'Coverage/c1' }, ...SAID.fhirContext];
const CONTEXT = ['patient', 'fhirContext', 'need_patient_banner', 'intent', 'smart_style_url', 'tenant'];

describe('launch context', () => {
  let world: World;
  let pool: Pool;
  let portal: Portal;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 1 });
    portal = await registerPortal(world);
    app = await registerApp(world);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const ALL = 'patient/Coverage.rs patient/Claim.rs patient/ExplanationOfBenefit.rs';
  async function tokensOf(said: Members = {}, who = app, types = ALL): Promise<Members> {
    const scope = `launch offline_access openid fhirUser ${types}`;
    return getTokens(world, who, { scope, launch: await openLaunch(world, portal, said) });
  }
  const contextIn = (members: Members): Members =>
    Object.fromEntries(CONTEXT.flatMap((name) => (name in members ? [[name, members[name]]] : [])));

  it('SMART 45, 51, 53, 54: comes with the token as the portal sent it', async () => {
    expect(contextIn(await tokensOf(SAID))).toEqual({
      patient: 'maria',
      fhirContext: OBJECTS,
      need_patient_banner: false,
      intent: 'show-claim',
      smart_style_url: expect.stringMatching(/\/auth\/northwind\/smart-style\/[0-9a-f]{16}\.json$/),
      tenant: 'northwind',
    });
  });

  it('SMART 45: contains only what the portal sent; a banner is needed unless the portal shows one', async () => {
    const context = contextIn(await tokensOf());
    expect(Object.keys(context)).toEqual(['patient', 'need_patient_banner', 'smart_style_url', 'tenant']);
    expect(context['need_patient_banner']).toBe(true);
    const standalone = await getTokens(world, app, { scope: 'launch/patient patient/Coverage.rs' });
    const { need_patient_banner, patient, ...rest } = contextIn(standalone);
    expect([patient, need_patient_banner, rest]).toEqual(['maria', true, { tenant: 'northwind' }]);
    const nobody = await getTokens(world, app, { scope: 'openid' });
    expect(contextIn(nobody)).toEqual({});
  });

  it('SMART 51: does not name what the grant does not open', async () => {
    const said = {
      ...SAID,
      fhirContext: [
        ...SAID.fhirContext,
        { identifier: { value: '7' }, type: 'Claim' },
        { identifier: { value: 'anything' } },
      ],
    };
    const contextFor = async (types: string) => contextIn(await tokensOf(said, app, types))['fhirContext'];
    const [coverage, claim, questionnaire, benefit, byType] = [
      { reference: 'Coverage/c1' },
      ...said.fhirContext,
    ];
    expect(await contextFor('patient/Claim.rs')).toEqual([claim, questionnaire, byType]);
    expect(await contextFor('patient/ExplanationOfBenefit.r')).toEqual([questionnaire, benefit]);
    expect(await contextFor('patient/*.rs')).toEqual([coverage, claim, questionnaire, benefit, byType]);
    const nothing = await tokensOf({ coverage: 'c1' }, app, 'patient/Claim.rs');
    expect(contextIn(nothing)).not.toHaveProperty('fhirContext');
    const { body } = await refresh(world, app, nothing['refresh_token'] as string);
    expect(contextIn(body)).not.toHaveProperty('fhirContext');
    expect(contextIn((await introspect(world, body['access_token'] as string)).body)).not.toHaveProperty(
      'fhirContext',
    );
  });

  it('SMART 49, 50: does not come with other launch scopes or roles, which are not granted', async () => {
    const asked =
      'launch/patient launch/encounter launch/patient?role=https://plan.example/r patient/Coverage.rs';
    const tokens = await getTokens(world, app, { scope: asked });
    expect(tokens['scope']).toBe('launch/patient patient/Coverage.rs');
  });

  it('SMART 51: has strings for a client that registered for the form of version 2.0', async () => {
    const old = await registerApp(world, { fhir_context_form: '2.0' });
    expect(old).toMatchObject({ fhir_context_form: '2.0' });
    const tokens = await tokensOf(SAID, old);
    expect(tokens['fhirContext']).toEqual(['Coverage/c1', 'ExplanationOfBenefit/9']);
    const { body } = await introspect(world, tokens['access_token'] as string);
    expect(TokenClaims.parse(body).fhirContext).toEqual(tokens['fhirContext']);
    await expect(registerApp(world, { fhir_context_form: '1.0' })).rejects.toThrow(/invalid_client_metadata/);
  });

  it('SMART 77, 95: is the same at a refresh and in introspection, JSON and signed', async () => {
    const tokens = await tokensOf(SAID);
    const { body: renewed } = await refresh(world, app, tokens['refresh_token'] as string);
    expect(contextIn(renewed)).toEqual(contextIn(tokens));
    for (const token of [tokens['access_token'], renewed['access_token']] as string[]) {
      const { body } = await introspect(world, token);
      expect(contextIn(body)).toEqual(contextIn(tokens));
      expect(contextIn(TokenClaims.parse(body) as Members)).toEqual(contextIn(tokens));
    }
    const accept = `application/${INTROSPECTION_JWT_TYPE}`;
    const { text } = await introspect(world, renewed['access_token'] as string, 'northwind', accept);
    const statement = jose.decodeJwt(text)['token_introspection'] as Members;
    expect(contextIn(statement)).toEqual(contextIn(tokens));
  });

  it('SMART 52: has a style document that every web page may read, and whose address changes with it', async () => {
    const before = (await tokensOf())['smart_style_url'] as string;
    const response = await fetch(before, { headers: { origin: 'https://anyone.example' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('cache-control')).toMatch(/immutable/);
    const style = (await response.json()) as Members;
    expect(style).toMatchObject({ color_text: '#17252e', dim_border_radius: '10px' });
    const change = { style: { color_highlight: '#aa0000' } };
    await configureTenant(pool, 'northwind', change);
    await waitUntil(async () => (await fetch(before)).status === 404);
    const after = (await tokensOf())['smart_style_url'] as string;
    expect(after).not.toBe(before);
    expect(await (await fetch(after)).json()).toEqual({ ...style, color_highlight: '#aa0000' });
    expect((await fetch(after.replace('northwind', 'nowhere'))).status).toBe(404);
    expect((await fetch(after.replace('northwind', 'lakeside'))).status).toBe(404);
  });

  it.each([
    ['color_text', 'url(https://evil.example)'],
    ['dim_font_size', '1e9px'],
    ['font_family_body', 'x; } body { display: none'],
    ['colour', '#fff'],
  ])('SMART 52: refuses a style whose %s is %s, and names it', async (name, value) => {
    const change = configureTenant(pool, 'northwind', { style: { [name]: value } });
    await expect(change).rejects.toThrow(name);
  });

  it('SMART 24: is advertised with the capabilities of payer launches', async () => {
    const response = await fetch(`${world.url}/northwind/smart-configuration`);
    const { capabilities, scopes_supported } = (await response.json()) as Record<string, string[]>;
    expect(capabilities).toEqual(
      expect.arrayContaining(['launch-ehr', 'context-ehr-patient', 'context-banner', 'context-style']),
    );
    expect(capabilities).not.toContain('context-ehr-encounter');
    expect(scopes_supported).toContain('launch');
  });

  it('SMART 119: is not offered for Task launch profiles', async () => {
    const response = await fetch(`${world.url}/northwind/smart-configuration`);
    const { capabilities } = (await response.json()) as { capabilities: string[] };
    expect(capabilities.join(' ')).not.toMatch(/task/i);
    const { body } = await post(`${tenantOf(world).issuer}/launch`, { patient: 'maria', task: '1' });
    expect(body['error']).toBe('invalid_request');
  });
});
