/**
 * Reads the audit trail over HTTP for the person who is logged in. auth-service has no other access to it.
 */
import { MEMBER_ACCESSES_PATH, MemberAccesses, pathTo, type Period } from '@patient-access/internal-api';
import { askForPerson, RecordUnavailable } from '../../egress/member-record.ts';
import type { TenantServer } from '../tenants.ts';
import { type LoginClaims, introspectionJwtFor } from '../introspection/login-jwt.ts';

export interface TrailConnection {
  /** internal base URL of audit-service */
  auditUrl: string;
  server: TenantServer;
  /** network address of the person */
  address: string;
}

/**
 * Reads who saw the data of the member of this login, newest first. audit-service decides by the introspection JWT
 * alone, and records the query as one reading of the trail.
 *
 * @throws RecordUnavailable
 */
export async function queryTrail(
  { auditUrl: base, server, address }: TrailConnection,
  login: LoginClaims,
  { from, to, zone }: Period,
): Promise<MemberAccesses> {
  const { id: tenant } = server.tenant;
  const introspectionJwt = introspectionJwtFor(server, login);
  const query = new URLSearchParams({ from, to, zone });
  const response = await askForPerson(
    { base, tenant, patient: login.patient, introspectionJwt, address },
    `${pathTo(MEMBER_ACCESSES_PATH, { tenant })}?${query}`,
  );
  if (response.status !== 200) throw new RecordUnavailable(`audit-service answered ${response.status}`);
  const { success, data, error } = MemberAccesses.safeParse(await response.json());
  if (!success) throw new RecordUnavailable('audit-service answered something else', { cause: error });
  return data;
}
