/** What has to be true of the composed system, in the order in which it is tried. */
import { firstCall, type FhirClient } from '@patient-access/first-call';
import type { Podman } from '../containers/podman.ts';
import { canariesOf } from './canaries.ts';
import type { ComposedPlan } from './plan.ts';
import type { ComposedSystem } from './system.ts';

const KILLED = 'claims-service';
const TRIES = 30;
const PAUSE_MS = 1_000;

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

/** @throws Error when a claim is not answered with the status */
async function untilClaims(client: FhirClient, status: number): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const answer = await client.get('ExplanationOfBenefit?_count=1');
    if (answer.status === status) return answer;
    if (tried === TRIES) throw new Error(`claims are answered with ${answer.status}, not ${status}`);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

/** @throws Error when the answer is no OperationOutcome, or when other data cannot be read, or when claims stay away */
async function survivesKill(system: ComposedSystem, client: FhirClient, patientId: string): Promise<string> {
  system.kill(KILLED);
  const answer = await untilClaims(client, 503);
  const { resourceType } = (await answer.json()) as { resourceType: string };
  if (resourceType !== 'OperationOutcome') throw new Error(`without ${KILLED}: a ${resourceType}`);
  await client.json(`Patient/${patientId}`);
  await system.startAgain(KILLED);
  await untilClaims(client, 200);
  return `${KILLED} killed: its data is answered with an OperationOutcome, other data as before; it came back`;
}

/** @throws Error that names the container, and not what it said */
function logsTellNothing(system: ComposedSystem, canaries: readonly string[]): string {
  let lines = 0;
  const telling = system.services.filter((name) => {
    const log = system.logOf(name);
    lines += log.split('\n').length;
    return canaries.some((canary) => log.includes(canary));
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
  yield await survivesKill(system, client, request.patientId);
  const secrets = [request.login, request.password, session.accessToken];
  yield logsTellNothing(system, [...canariesOf(resources), ...secrets]);
}
