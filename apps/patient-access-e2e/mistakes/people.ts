/** Who makes the mistakes: apps that are registered at a preview plan, with tokens of a member. */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto';
import { type FormPage, UserAgent } from '@patient-access/first-call';
import type { PreviewTenant } from '@patient-access/preview';
import { memberOf } from '../installation/world.ts';
import { postForm, postJson, type RawAnswer } from './send.ts';

export const CALLBACK = 'http://127.0.0.1:53210/callback';
export const WHOLE_SCOPE = 'openid fhirUser launch/patient offline_access patient/*.rs';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface MistakenApp {
  client_id: string;
  client_secret: string;
  registration_access_token: string;
  registration_client_uri: string;
}

export interface MemberTokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
  patient: string;
  scope: string;
}

const base64url = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url');

/** A key of an app, and the JWTs that it signs. */
export class AppKey {
  readonly kid = randomUUID();
  readonly jwk: Record<string, unknown>;
  private readonly key: KeyObject;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    this.key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    this.jwk = { ...publicKey.export({ format: 'jwk' }), kid: this.kid, alg: 'ES384', use: 'sig' };
  }

  jwt(claims: object, header: object = {}): string {
    const input = `${base64url({ alg: 'ES384', kid: this.kid, typ: 'JWT', ...header })}.${base64url(claims)}`;
    const signature = sign('sha384', Buffer.from(input), { key: this.key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${base64url(signature)}`;
  }
}

/** A key to which tokens are bound (RFC 9449). */
export class BindingKey {
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  proof(method: string, url: string, token?: string, change: Record<string, unknown> = {}): string {
    const { kty, crv, x, y } = this.pair.publicKey.export({ format: 'jwk' });
    const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
    const now = Math.floor(Date.now() / 1000);
    const claims = { htm: method, htu: url, iat: now, jti: randomUUID(), ...ath, ...change };
    const input = `${base64url({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } })}.${base64url(claims)}`;
    const key = { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${input}.${base64url(sign('sha256', Buffer.from(input), key))}`;
  }
}

/** Everything that is needed to ask a plan for something, well or badly. */
export class Developer {
  readonly tenant: PreviewTenant;
  readonly issuer: string;
  readonly fhir: string;
  readonly origin: string;
  private readonly agent = new UserAgent();

  constructor(tenant: PreviewTenant) {
    this.tenant = tenant;
    this.issuer = tenant.issuer;
    this.fhir = tenant.fhirBase;
    this.origin = new URL(tenant.issuer).origin;
  }

  async register(metadata: object = {}): Promise<MistakenApp> {
    const { status, body } = await postJson(`${this.issuer}/register`, {
      client_name: 'Diary of Mistakes',
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
      ...metadata,
    });
    if (status !== 201) throw new Error(body);
    return JSON.parse(body) as MistakenApp;
  }

  /** A right authorization request, changed; a parameter that is undefined is left out. */
  request(
    app: MistakenApp,
    change: Record<string, string | undefined> = {},
    verifier = randomBytes(32).toString('base64url'),
  ) {
    const parameters = {
      response_type: 'code',
      client_id: app.client_id,
      redirect_uri: CALLBACK,
      scope: WHOLE_SCOPE,
      state: 'the-state',
      aud: this.fhir,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...change,
    };
    const given = Object.entries(parameters).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    return { verifier, parameters: given, url: `${this.issuer}/authorize?${new URLSearchParams(given)}` };
  }

  /** The member logs in, where she is not yet, and presses a button of the page of consent. @returns where it ends */
  async answer(url: string, action: 'agree' | 'deny' = 'agree', persona = 'ordinary'): Promise<URL> {
    const { login, password } = memberOf(this.tenant, persona);
    let page: FormPage = await this.agent.open(new URL(url), CALLBACK);
    for (let step = 0; step < 4 && !page.url.href.startsWith(CALLBACK); step += 1) {
      const filled: Record<string, string> = page.html.includes('name="password"')
        ? { login, password, action: 'login' }
        : { action };
      page = await this.agent.submit(page, filled, CALLBACK);
    }
    return page.url;
  }

  async code(
    app: MistakenApp,
    change: Record<string, string | undefined> = {},
    persona?: string,
  ): Promise<{ code: string; verifier: string }> {
    const { url, verifier } = this.request(app, change);
    const end = await this.answer(url, 'agree', persona);
    const code = end.searchParams.get('code');
    if (code === null) throw new Error(`no code: ${end.href}`);
    return { code, verifier };
  }

  token(fields: Record<string, string | undefined>, headers: [string, string][] = []): Promise<RawAnswer> {
    return postForm(`${this.issuer}/token`, fields, headers);
  }

  /** Redeems a code as it should be, but for the change. */
  redeem(
    app: MistakenApp,
    { code, verifier }: { code: string; verifier: string },
    change: Record<string, string | undefined> = {},
    headers: [string, string][] = [],
  ): Promise<RawAnswer> {
    const right = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK };
    return this.token({ ...right, client_id: app.client_id, ...change }, headers);
  }

  async tokens(
    app: MistakenApp,
    scope = WHOLE_SCOPE,
    key?: BindingKey,
    persona?: string,
  ): Promise<MemberTokens> {
    const found = await this.code(app, { scope }, persona);
    const proof: [string, string][] = key ? [['dpop', key.proof('POST', `${this.issuer}/token`)]] : [];
    const { status, body } = await this.redeem(app, found, {}, proof);
    if (status !== 200) throw new Error(body);
    return JSON.parse(body) as MemberTokens;
  }

  refresh(
    app: MistakenApp,
    refreshToken: string,
    change: Record<string, string | undefined> = {},
  ): Promise<RawAnswer> {
    const right = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: app.client_id };
    return this.token({ ...right, ...change });
  }

  /** A right client assertion, changed. */
  assertion(
    app: MistakenApp,
    key: AppKey,
    change: Record<string, unknown> = {},
    header: object = {},
  ): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: app.client_id,
      sub: app.client_id,
      aud: `${this.issuer}/token`,
      exp: now + 200,
      jti: randomUUID(),
    };
    return key.jwt({ ...claims, ...change }, header);
  }

  asserted(jwt: string): Record<string, string> {
    return { client_assertion_type: ASSERTION_TYPE, client_assertion: jwt };
  }
}
