/** Requests to an installation with replicas, of which each reaches the next one. */
import type { Session } from '@patient-access/first-call';
import type { PreviewTenant } from '@patient-access/preview';
import { memberOf } from '../../installation/world.ts';

/** What its members' apps ask for. */
export const SCOPE_AT_REPLICAS = 'openid launch/patient offline_access patient/*.rs';

export const launchAt = (tenant: PreviewTenant, persona = 'ordinary') => ({
  ...tenant,
  ...memberOf(tenant, persona),
  scope: SCOPE_AT_REPLICAS,
});

export const readAsMember = ({ fhirBase }: PreviewTenant, { accessToken }: Session, path = 'Patient') =>
  fetch(`${fhirBase}/${path}`, { headers: { authorization: `Bearer ${accessToken}` } });

/** Asks so often, once after the other. */
export async function askTimes(times: number, once: () => Promise<Response>): Promise<Response[]> {
  const answers: Response[] = [];
  for (let at = 0; at < times; at += 1) {
    const response = await once();
    await response.body?.cancel();
    answers.push(response);
  }
  return answers;
}

export const statusesOf = async (times: number, once: () => Promise<Response>): Promise<number[]> =>
  (await askTimes(times, once)).map(({ status }) => status);

/** What runs: each request from outside reaches the next gateway, and most of theirs the next auth-service. */
export interface SystemOfReplicas {
  gateways: number;
  /** of auth-service and of claims-service */
  replicas: number;
  northwind: PreviewTenant;
  lakeside: PreviewTenant;
  /** runs `npm run admin` */
  admin(...args: string[]): Promise<void>;
}

/** @returns what changes a setting of a plan, as its administrator does */
export const setOf =
  ({ admin }: Pick<SystemOfReplicas, 'admin'>, tenant: string) =>
  (setting: string, value: number): Promise<void> =>
    admin('tenant', 'set', '--id', tenant, '--setting', setting, '--value', String(value));
