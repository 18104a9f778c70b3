/** The apps and tokens with which the mistakes are made. */
import type { PreviewTenant } from '@patient-access/preview';
import { type MistakenApp, AppKey, Developer, BindingKey, type MemberTokens } from './people.ts';
import type { RawAnswer } from './send.ts';

export interface Scene {
  dev: Developer;
  /** at another plan */
  other: Developer;
  /** a public app, and another one */
  app: MistakenApp;
  stranger: MistakenApp;
  /** registered for client_secret_basic, client_secret_post, private_key_jwt */
  inHeader: MistakenApp;
  inForm: MistakenApp;
  asserting: MistakenApp;
  key: AppKey;
  /** of `app`: everything that a wildcard opens, and only observations without openid */
  whole: MemberTokens;
  narrow: MemberTokens;
  /** of `app`, bound to `proofKey` */
  bound: MemberTokens;
  proofKey: BindingKey;
}

/** Something that developers do wrong. */
export interface Mistake {
  what: string;
  /** the documented error that answers it */
  code: string;
  /** what the answer has to name: what is wrong, where, and what to do */
  says: RegExp;
  make(scene: Scene): Promise<RawAnswer>;
}

type Parameters = Record<string, string | undefined>;

/** What is changed in a request that would be right; `undefined` leaves a parameter out. */
export type Change = Parameters | ((scene: Scene) => Parameters);

export const changeIn = (scene: Scene, change: Change): Parameters =>
  typeof change === 'function' ? change(scene) : change;

/** @returns a row of a table of mistakes */
export const mistake = (what: string, code: string, says: RegExp, make: Mistake['make']): Mistake => ({
  what,
  code,
  says,
  make,
});

export async function openScene(tenant: PreviewTenant, otherTenant: PreviewTenant): Promise<Scene> {
  const dev = new Developer(tenant);
  const key = new AppKey();
  const proofKey = new BindingKey();
  const app = await dev.register();
  const stranger = await dev.register();
  const inHeader = await dev.register({ token_endpoint_auth_method: 'client_secret_basic' });
  const inForm = await dev.register({ token_endpoint_auth_method: 'client_secret_post' });
  const asserting = await dev.register({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
  });
  return {
    dev,
    other: new Developer(otherTenant),
    app,
    stranger,
    inHeader,
    inForm,
    asserting,
    key,
    proofKey,
    whole: await dev.tokens(app),
    narrow: await dev.tokens(app, 'launch/patient patient/Observation.rs'),
    bound: await dev.tokens(app, undefined, proofKey),
  };
}
