/** A member's app from registration to the AuditEvents of its own calls. */
import { FhirClient, type ClientResource } from './fhir-client.ts';
import { launch } from './launch.ts';

const TYPES = [
  'Patient',
  'Coverage',
  'ExplanationOfBenefit',
  'Condition',
  'Observation',
  'MedicationRequest',
] as const;
const SCOPE = [
  'openid',
  'fhirUser',
  'launch/patient',
  ...TYPES.map((type) => `patient/${type}.rs`),
  'patient/AuditEvent.rs',
].join(' ');
const AUDIT_WAIT_MS = 15_000;

async function readRecords(client: FhirClient, patientId: string) {
  const patient = await client.json<ClientResource>(`Patient/${patientId}`);
  const found: Record<string, ClientResource[]> = { Patient: [patient] };
  for (const type of TYPES.slice(1)) found[type] = await client.search(`${type}?patient=${patientId}`);
  const counts = Object.fromEntries(
    Object.entries(found).map(([type, resources]) => [type, resources.length]),
  );
  return { patient, coverages: found['Coverage'] ?? [], eobs: found['ExplanationOfBenefit'] ?? [], counts };
}

const requestIdOf = (event: ClientResource) =>
  (event['entity'] as { what?: { identifier?: { value?: string } } }[])[0]?.what?.identifier?.value ?? '';

/** An AuditEvent appears a moment after the response, so this repeats the search until every call so far has one. */
async function ownAuditEvents(client: FhirClient): Promise<ClientResource[]> {
  const calls = [...client.requestIds];
  const deadline = Date.now() + AUDIT_WAIT_MS;
  for (;;) {
    const trail = await client.search('AuditEvent?_sort=date');
    const events = trail.filter((event) => calls.includes(requestIdOf(event)));
    if (events.length >= calls.length) return events;
    if (Date.now() > deadline)
      throw new Error(
        `${events.length} of ${calls.length} calls are in the trail after ${AUDIT_WAIT_MS / 1000} s`,
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Where the plan is, and who logs in. */
export interface FirstCallRequest {
  issuer: string;
  fhirBase: string;
  login: string;
  password: string;
  patientId: string;
}

/** @throws Error when a read fails, or when its AuditEvent does not come */
export async function firstCall(request: FirstCallRequest) {
  const session = await launch({ ...request, scope: SCOPE });
  const client = new FhirClient(request.fhirBase, session.accessToken);
  const records = await readRecords(client, session.patient);
  return { client, session, records, events: await ownAuditEvents(client) };
}
