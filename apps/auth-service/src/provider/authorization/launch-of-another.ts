import type { KoaContextWithOIDC } from 'oidc-provider';

/** The Patient of the launch with which a request has come to the authorization endpoint. */
const patients = new WeakMap<object, string>();

export const noteLaunch = ({ oidc }: KoaContextWithOIDC, patient: string): void => {
  patients.set(oidc, patient);
};

/**
 * Is somebody logged in at this browser who may not see the member of the launch? A browser may be shared, and the portal has
 * sent somebody else, who logs in first. Whoever has logged in for this launch and may not see the member is refused.
 */
export function isLaunchOfAnother({ oidc }: KoaContextWithOIDC): boolean {
  const patient = patients.get(oidc);
  const seen = oidc.account?.['patients'] as readonly string[] | undefined;
  return patient !== undefined && seen !== undefined && !seen.includes(patient);
}
