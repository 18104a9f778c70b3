/** What apps see while a service of the composed system is dead, and after it is back (ADR 128). */
import { FhirClient, type FirstCallRequest, launch } from '@patient-access/first-call';
import * as oidc from 'openid-client';
import type { ComposedSystem } from './system.ts';

const OWNER = 'claims-service';
const AUTH = 'auth-service';
const TRIES = 30;
const PAUSE_MS = 1_000;
/** A gateway believes a token that it has asked about for five seconds, and gives up on a service after five more. */
const DEADLINE_MS = 6_000;
const SCOPE = 'openid launch/patient offline_access patient/Patient.rs';

/** Asks again until the answer has the status. @throws Error when it stays another */
async function until(client: FhirClient, path: string, status: number): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const answer = await client.get(path);
    if (answer.status === status) return answer;
    if (tried === TRIES) throw new Error(`${path} is answered with ${answer.status}, not ${status}`);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

/** @throws Error when an answer is no OperationOutcome */
async function mustBeOutcome(answer: Response, killed: string): Promise<void> {
  const { resourceType } = (await answer.json()) as { resourceType: string };
  if (resourceType !== 'OperationOutcome') throw new Error(`without ${killed}: a ${resourceType}`);
}

/** @throws Error when the answer is no OperationOutcome, or when other data cannot be read, or when claims stay away */
export async function ownerKilled(
  system: ComposedSystem,
  client: FhirClient,
  patientId: string,
): Promise<string> {
  const claims = 'ExplanationOfBenefit?_count=1';
  system.kill(OWNER);
  await mustBeOutcome(await until(client, claims, 503), OWNER);
  await client.json(`Patient/${patientId}`);
  await system.startAgain(OWNER);
  await until(client, claims, 200);
  return `${OWNER} killed: its data is answered with an OperationOutcome, other data as before; it came back`;
}

/** @throws Error when a read without auth-service is not told in time to try again, or when the app has to connect anew */
export async function authServiceKilled(system: ComposedSystem, request: FirstCallRequest): Promise<string> {
  const session = await launch({ ...request, scope: SCOPE });
  const client = new FhirClient(request.fhirBase, session.accessToken);
  const path = `Patient/${request.patientId}`;
  await Promise.all([client.json(path), client.json('metadata')]);
  system.kill(AUTH);
  await until(client, path, 503);
  const askedAt = performance.now();
  const answer = await client.get(path);
  const tookMs = Math.round(performance.now() - askedAt);
  if (answer.status !== 503 || answer.headers.get('retry-after') === null || tookMs > DEADLINE_MS)
    throw new Error(`without ${AUTH} a read is answered with ${answer.status} after ${tookMs} ms`);
  await mustBeOutcome(answer, AUTH);
  await client.json('metadata');
  await system.startAgain(AUTH);
  await until(client, path, 200);
  const tokens = await oidc.refreshTokenGrant(session.config, session.refreshToken ?? '');
  await new FhirClient(request.fhirBase, tokens.access_token).json(path);
  return `${AUTH} killed: metadata is answered, a read gets 503 with an OperationOutcome in ${tookMs} ms; it came back, and the refresh token works`;
}
