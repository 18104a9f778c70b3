/** How a person was authenticated (`acr` and `amr` of id_tokens), and when that is not enough. */
import { decodeJwt } from 'jose';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { isLaunchOfAnother } from './launch-of-another.ts';

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
 * An app names by `id_token_hint` the one person to whom a code may be given (OpenID Connect Core section 3.1.2.2). oidc-provider
 * looks at the hint when the request comes, and not when it goes on after a login.
 *
 * @throws LoginRequired when somebody else has logged in
 */
function refuseAnotherThanHinted({ oidc }: KoaContextWithOIDC): boolean {
  const hint = oidc.params?.['id_token_hint'];
  const isLater = oidc.route === 'resume' && oidc.session?.accountId !== undefined;
  // It was verified when the request came.
  if (isLater && typeof hint === 'string' && decodeJwt(hint).sub !== oidc.session?.accountId)
    throw new errors.LoginRequired('another person has logged in than id_token_hint names');
  return false;
}

/** The reason of a login that somebody else's login at this browser makes necessary. */
export const LAUNCH_OF_ANOTHER = 'launch_of_another';

/**
 * The policy of oidc-provider, with three more checks: if the plan requires a second factor, a session without one is not enough;
 * nor is one of somebody who may not see the member of the launch, or of another person than the app has named.
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
  const launch = new interactionPolicy.Check(
    LAUNCH_OF_ANOTHER,
    'End-User authentication is required',
    'login_required',
    isLaunchOfAnother,
  );
  const hinted = new interactionPolicy.Check(
    'another_than_hinted',
    'End-User authentication is required',
    'login_required',
    refuseAnotherThanHinted,
  );
  for (const each of [check, launch, hinted]) policy.get('login')?.checks.add(each);
  return policy;
}
