/** How a person was authenticated (`acr` and `amr` of id_tokens), and when that is not enough. */
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** Authentication context classes (`acr`, OpenID Connect Core section 2). */
export const ACR = {
  password: 'urn:payer-patient-access:acr:password',
  secondFactor: 'urn:payer-patient-access:acr:second-factor',
  /** at the plan's own identity provider, by any method */
  plan: 'urn:payer-patient-access:acr:plan',
} as const;

/** How a login was made. */
export interface Authentication {
  acr: (typeof ACR)[keyof typeof ACR];
  /** RFC 8176 */
  amr: string[];
}

export const BY_PASSWORD: Authentication = { acr: ACR.password, amr: ['pwd'] };
export const BY_SECOND_FACTOR: Authentication = { acr: ACR.secondFactor, amr: ['pwd', 'otp', 'mfa'] };

/** A login at the identity provider counts as it is, unless the plan has said how a second factor shows there. */
const isStrongEnough = ({ settings }: Tenant, acr: string | undefined): boolean =>
  acr === ACR.plan && settings.federation?.secondFactor === undefined;

/**
 * The policy of oidc-provider, with one more check: if the plan requires a second factor, a session without one is
 * not enough.
 */
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
      !isStrongEnough(tenant, oidc.session.acr),
  );
  policy.get('login')?.checks.add(check);
  return policy;
}
