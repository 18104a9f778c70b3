/** How somebody was authenticated, as id_tokens say it, and when that is not enough. */
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** Authentication context classes (`acr`, OpenID Connect Core section 2). */
export const ACR = {
  password: 'urn:payer-patient-access:acr:password',
  secondFactor: 'urn:payer-patient-access:acr:second-factor',
  /** at the plan's own identity provider, whatever that asked for */
  plan: 'urn:payer-patient-access:acr:plan',
} as const;

/** What a login was made with. */
export interface Authentication {
  acr: (typeof ACR)[keyof typeof ACR];
  /** RFC 8176 */
  amr: string[];
}

export const BY_PASSWORD: Authentication = { acr: ACR.password, amr: ['pwd'] };
export const BY_SECOND_FACTOR: Authentication = { acr: ACR.secondFactor, amr: ['pwd', 'otp', 'mfa'] };

/** The engine's policy; a session from before the plan demanded second factors does not do either. */
export function loginPolicy(tenant: Tenant): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const check = new interactionPolicy.Check(
    'second_factor',
    'a second factor is demanded',
    'login_required',
    ({ oidc }: KoaContextWithOIDC) =>
      tenant.settings.secondFactor === 'required' &&
      oidc.session?.accountId !== undefined &&
      oidc.session.acr !== ACR.secondFactor &&
      oidc.session.acr !== ACR.plan,
  );
  policy.get('login')?.checks.add(check);
  return policy;
}
