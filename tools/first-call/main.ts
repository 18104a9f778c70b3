/** `npm run first-call`: a member's app from registration to the AuditEvents of its own calls. */
import { parseArgs } from 'node:util';
import { loadConfig } from '@patient-access/platform/config';
import { isPreviewRunning, readPreview } from '@patient-access/preview';
import { PreviewFolder } from '@patient-access/topology';
import type { ClientResource } from './fhir-client.ts';
import { firstCall } from './first-call.ts';
import { summaryLines } from './summary.ts';

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
  const { LOCAL_DIR } = loadConfig(PreviewFolder, process.env);
  const preview = readPreview(LOCAL_DIR);
  if (!(await isPreviewRunning(LOCAL_DIR))) throw new Error('the preview is stopped: npm start');
  const tenant = values.tenant ? preview.tenants.find(({ id }) => id === values.tenant) : preview.tenants[0];
  const member = values.member
    ? tenant?.members.find(({ login }) => login === values.member)
    : tenant?.members[0];
  if (!tenant || !member) throw new Error('no such tenant or member; see .local/preview.json');
  const { login, password, patientId } = member;
  const { records, events } = await firstCall({ ...tenant, login, password, patientId });
  console.log(`\n${summaryLines(records).join('\n')}\n`);
  console.log(`AuditEvents of these calls (${events.length}):\n${events.map(auditLine).join('\n')}`);
} catch (error) {
  console.error(`first call failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
