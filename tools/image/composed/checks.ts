/** What has to be true of the composed system, in the order in which it is tried. */
import { firstCall } from '@patient-access/first-call';
import { canariesOf, toldIn } from '@patient-access/population';
import type { Podman } from '../containers/podman.ts';
import { authServiceKilled, ownerKilled } from './kills.ts';
import type { ComposedPlan } from './plan.ts';
import type { ComposedSystem } from './system.ts';

const CONNECTIONS =
  'SELECT count(*) FILTER (WHERE s.ssl), count(*) FILTER (WHERE NOT s.ssl) FROM pg_stat_ssl s ' +
  'JOIN pg_stat_activity a USING (pid) WHERE a.client_addr IS NOT NULL';

/** @throws Error when a connection to Postgres is without TLS, or one without TLS is taken */
function onlyTls(podman: Podman): string {
  const psql = [
    'exec',
    'postgres',
    'psql',
    '--no-psqlrc',
    '--tuples-only',
    '--no-align',
    '--username=postgres',
  ];
  const [secured, open] = podman.must(...psql, `--command=${CONNECTIONS}`).split('|');
  if (open !== '0' || secured === '0') throw new Error(`${secured} connections with TLS, ${open} without`);
  const url = 'postgres://claims_service:wrong@postgres/claims?sslmode=disable';
  const { said } = podman.run('exec', 'postgres', 'psql', url, '--command=SELECT 1');
  if (!said.includes('no encryption')) throw new Error(`without TLS Postgres says: ${said}`);
  return `${secured} connections to Postgres, all with TLS; one without is refused`;
}

/** @throws Error that names the container, and not what it said */
function logsTellNothing(system: ComposedSystem, canaries: readonly string[]): string {
  let lines = 0;
  const telling = system.services.filter((name) => {
    const log = system.logOf(name);
    lines += log.split('\n').length;
    return toldIn(log, canaries).length > 0;
  });
  if (telling.length > 0) throw new Error(`data of members is in the logs of ${telling.join(', ')}`);
  return `${lines} lines of log have none of ${canaries.length} values`;
}

/** @returns what was seen, one line each @throws Error with what is wrong */
export async function* composedChecks(
  podman: Podman,
  system: ComposedSystem,
  { request, resources }: ComposedPlan,
): AsyncGenerator<string> {
  const { client, session, records, events } = await firstCall(request);
  yield `first call: ${JSON.stringify(records.counts)}, ${events.length} AuditEvents`;
  yield onlyTls(podman);
  yield await ownerKilled(system, client, request.patientId);
  yield await authServiceKilled(system, request);
  const secrets = [request.login, request.password, session.accessToken];
  yield logsTellNothing(system, [...canariesOf(resources), ...secrets]);
}
