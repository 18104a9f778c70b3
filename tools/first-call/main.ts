/** `npm run first-call`: a member's app from registration to the AuditEvents of its own calls. */
import { parseArgs } from 'node:util';
import { loadConfig } from '@patient-access/platform';
import { isPreviewRunning, readPreview } from '@patient-access/preview';
import { z } from 'zod';
import { FhirClient, type ClientResource } from './fhir-client.ts';
import { launch } from './launch.ts';
import { summaryLines } from './summary.ts';

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

function auditLine(event: ClientResource): string {
  const [subtype] = event['subtype'] as { code: string }[];
  const entities = event['entity'] as {
    what?: { reference?: string };
    query?: string;
    role?: { code: string };
  }[];
  const query = entities.find((entity) => entity.query)?.query;
  const read = entities.find((entity) => entity.role?.code === '4')?.what?.reference;
  const what =
    read ??
    Buffer.from(query ?? '', 'base64')
      .toString()
      .replace(/_cursor=[^&]*/, '_cursor=…');
  const outcome = event['outcome'] === '0' ? 'allowed' : 'refused';
  return `  ${String(event['recorded'])}  ${outcome}  ${(subtype?.code ?? '').padEnd(11)}  ${what}`;
}

const { values } = parseArgs({ options: { tenant: { type: 'string' }, member: { type: 'string' } } });
try {
  const { LOCAL_DIR } = loadConfig(z.object({ LOCAL_DIR: z.string().default('.local') }), process.env);
  const preview = readPreview(LOCAL_DIR);
  if (!(await isPreviewRunning(LOCAL_DIR))) throw new Error('the preview is stopped: npm start');
  const tenant = values.tenant ? preview.tenants.find(({ id }) => id === values.tenant) : preview.tenants[0];
  const member = values.member
    ? tenant?.members.find(({ login }) => login === values.member)
    : tenant?.members[0];
  if (!tenant || !member) throw new Error('no such tenant or member; see .local/preview.json');
  const { login, password, patientId } = member;
  const session = await launch({ ...tenant, login, password, patientId, scope: SCOPE });
  const client = new FhirClient(tenant.fhirBase, session.accessToken);
  const records = await readRecords(client, session.patient);
  console.log(`\n${summaryLines(records).join('\n')}\n`);
  const events = await ownAuditEvents(client);
  console.log(`AuditEvents of these calls (${events.length}):\n${events.map(auditLine).join('\n')}`);
} catch (error) {
  console.error(`first call failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
