/** A provider that demands of this client what is not offered here, and says so when somebody logs in. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { administer } from '../administration.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { takeEvents } from '../events.ts';
import { type FederatedWorld, leaveAndLogIn, locationOf, startFederatedWorld } from './world.ts';

/** As Keycloak 26.7 said it, of a client with that setting or under a client policy; and RFC 9449 section 8. */
const AT_THE_TOKEN_ENDPOINT: [demand: string, error: string, description: string][] = [
  ['DPoP', 'invalid_request', 'DPoP proof is missing'],
  ['DPoP', 'use_dpop_nonce', 'Authorization server requires nonce in DPoP proof'],
  ['mutual TLS', 'invalid_request', 'Client Certification missing for MTLS HoK Token Binding'],
  ['mutual TLS', 'invalid_grant', 'Client Certification missing for MTLS HoK Token Binding'],
  ['encrypted id_tokens', 'invalid_request', 'can not get encryption KEK'],
];
const AT_THE_AUTHORIZATION_ENDPOINT: [demand: string, error: string, description: string][] = [
  ['DPoP', 'invalid_request', 'Missing parameter: dpop_jkt'],
  ['pushed authorization requests', 'invalid_request', 'Pushed Authorization Request is only allowed.'],
  ['signed authorization requests', 'invalid_request', "Missing parameter: 'request' or 'request_uri'"],
];

describe('a provider that demands what is not offered', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());
  beforeEach(() => takeEvents(all.world));
  afterEach(() => {
    all.idp.tamper = undefined;
    all.idp.refusal = undefined;
  });

  /** @param change of the address with which the browser comes back */
  async function logIn(change?: (back: URL) => void): Promise<BrowserPage> {
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    const back = new URL(callback);
    change?.(back);
    return browser.open(back.href);
  }
  const refusedWith = (error: string, description: string) => (back: URL) => {
    back.searchParams.delete('code');
    back.searchParams.set('error', error);
    back.searchParams.set('error_description', description);
  };
  const lastEvent = async () => (await takeEvents(all.world)).at(-1);

  it('is told from a provider that does not tell its keys now', async () => {
    // Nobody has logged in yet, so the service knows none.
    all.idp.keysStatus = 500;
    expect(wordsOf(await logIn())).toContain('login site cannot be reached right now');
    all.idp.keysStatus = undefined;
    expect((await lastEvent())?.reason).toBe('unavailable');
    for (const text of ['<h1>Back soon</h1>', '{}', '']) {
      all.idp.keysText = text;
      await logIn();
      expect([text, (await lastEvent())?.reason]).toEqual([text, 'unavailable']);
    }
    all.idp.keysText = undefined;
  });

  it('is told from a provider that says that it cannot answer now', async () => {
    for (const error of ['temporarily_unavailable', 'server_error']) {
      const words = wordsOf(await logIn(refusedWith(error, 'Maintenance')));
      expect(words).toContain('login site cannot be reached right now');
      const { reason, request } = (await lastEvent()) ?? {};
      expect([reason, request]).toEqual(['unavailable', expect.stringContaining(`${error}: Maintenance`)]);
    }
    for (const status of [503, 502, 429]) {
      all.idp.refusal = { status, body: {} };
      await logIn();
      expect([status, (await lastEvent())?.reason]).toEqual([status, 'unavailable']);
    }
  });

  it('is named in the event; the member reads that it is not her fault', async () => {
    for (const [demand, error, description] of AT_THE_TOKEN_ENDPOINT) {
      all.idp.refusal = { status: 400, body: { error, error_description: description } };
      expect(wordsOf(await logIn())).toContain('This is not your fault');
      const event = await lastEvent();
      expect(event).toMatchObject({ action: 'login', reason: 'not-offered' });
      expect(event?.request).toContain(`the provider demands ${demand}`);
      expect(event?.request).toContain(description);
    }
    all.idp.refusal = undefined;
    for (const [demand, error, description] of AT_THE_AUTHORIZATION_ENDPOINT) {
      await logIn(refusedWith(error, description));
      expect((await lastEvent())?.request).toContain(`the provider demands ${demand}`);
    }
  });

  it('is named when it encrypts id_tokens', async () => {
    const { publicKey } = await jose.generateKeyPair('RSA-OAEP');
    all.idp.tamper = async (tokens) => ({
      ...tokens,
      id_token: await new jose.CompactEncrypt(Buffer.from(String(tokens['id_token'])))
        .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM', cty: 'JWT' })
        .encrypt(publicKey),
    });
    await logIn();
    const event = await lastEvent();
    expect(event?.reason).toBe('not-offered');
    expect(event?.request).toContain('the provider demands encrypted id_tokens');
  });

  it('is told from a provider that does not accept this server', async () => {
    const answers: [status: number, error: string, description: string][] = [
      [401, 'invalid_client', 'Invalid client or Invalid client credentials'],
      [400, 'unauthorized_client', 'not this one'],
      // Keycloak, where it knows the client by X.509 or by a signed JWT.
      [400, 'invalid_client', 'Missing client_id parameter'],
      [400, 'invalid_client', 'Parameter client_assertion_type is missing'],
    ];
    for (const [status, error, error_description] of answers) {
      all.idp.refusal = { status, body: { error, error_description } };
      expect(wordsOf(await logIn())).toContain('did not accept this site');
      expect((await lastEvent())?.reason).toBe('client-refused');
    }
    all.idp.refusal = { status: 400, body: { error: 'invalid_grant' } };
    await logIn();
    expect((await lastEvent())?.reason).toBe('not-believed');
  });

  it('is shown by the test login, with what the provider said', async () => {
    const { body } = await administer(all.world, 'POST', 'northwind/test-logins');
    const browser = new Browser(all.world.url);
    await browser.open(String(body['url']));
    const away = locationOf(await browser.open(`${String(body['url'])}?start`));
    all.idp.person = 'u-frida';
    const callback = locationOf(await new Browser(all.idp.issuer).open(away));
    const refusal = { error: 'invalid_request', error_description: 'DPoP proof is missing' };
    all.idp.refusal = { status: 400, body: refusal };
    const words = wordsOf(await browser.open(callback));
    expect(words).toContain('not-offered: the provider demands what is not offered here: DPoP.');
    expect(words).toContain('DPoP proof is missing');
  });
});
