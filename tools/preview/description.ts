/** The files by which other programs find a running preview. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { joiningMember, PREVIEW_AUDITOR, previewMembers } from '@patient-access/population';
import { JOINING_PLAN } from './joining.ts';
import {
  type DatabaseName,
  databaseOf,
  PREVIEW_FILE,
  PREVIEW_INGEST_FILE,
  RECORD_SERVICES,
  type ServiceName,
} from '@patient-access/topology';
import type { PreviewDescription, PreviewTenant } from './index.ts';
import type { Environment, RoleUrls } from './environment.ts';
import { writeWhole } from './whole-file.ts';

const writeSecret = (file: string, content: string) => writeWhole(file, content, 0o600);

/** Formats an environment file. Values are in quotes, because a path may contain `#`, which begins a comment. */
const asEnv = (environment: Environment): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');

/**
 * `npm run import` reads `ingest.json`, `npm run admin` reads `auth.env`, and `npm run audit:…` reads `audit.env`. A second
 * gateway needs what is in `gateway.env`, and a port of its own. `nx serve {service}` reads `apps/{service}.env`.
 */
export async function writeSettings(
  directory: string,
  databases: Readonly<Record<DatabaseName, RoleUrls>>,
  services: Record<ServiceName, Environment>,
): Promise<void> {
  const { 'auth-service': auth, 'audit-service': audit, 'fhir-gateway': gateway } = services;
  const ingest = Object.fromEntries(
    RECORD_SERVICES.map((service) => [service, databases[databaseOf(service)].ingest]),
  );
  await writeSecret(join(directory, PREVIEW_INGEST_FILE), JSON.stringify(ingest));
  const { DATABASE_URL = '', KEY_ENCRYPTION_KEY = '', PUBLIC_URL = '' } = auth;
  await writeSecret(join(directory, 'auth.env'), asEnv({ DATABASE_URL, KEY_ENCRYPTION_KEY, PUBLIC_URL }));
  const OWNER_DATABASE_URL = databases.audit.owner ?? '';
  await writeSecret(join(directory, 'audit.env'), asEnv({ ...audit, OWNER_DATABASE_URL }));
  await writeSecret(join(directory, 'gateway.env'), asEnv(gateway));
  await mkdir(join(directory, 'apps'), { recursive: true });
  for (const [service, environment] of Object.entries(services))
    await writeSecret(join(directory, 'apps', `${service}.env`), asEnv(environment));
}

/** The login that acts for the member who has an example of every must-support. */
function conformanceOf(tenant: string): PreviewTenant['conformance'] {
  const found = previewMembers(tenant).find(({ isComplete }) => isComplete);
  if (!found) throw new Error(`no member of ${tenant} has every must-support`);
  return { login: found.login, patientId: found.patientId };
}

/** `preview.json`: where the FHIR bases are, and who can log in. */
export async function writeDescription(
  directory: string,
  { publicUrl, developersUrl, testClientUrl }: Omit<PreviewDescription, 'tenants'>,
  tenants: readonly { id: string }[],
  { seed, today }: { seed: number; today: string },
): Promise<PreviewDescription> {
  const description: PreviewDescription = {
    publicUrl,
    developersUrl,
    testClientUrl,
    tenants: tenants.map(({ id }) => ({
      id,
      fhirBase: `${publicUrl}/payer/patient-access/v2/${id}`,
      issuer: `${publicUrl}/auth/${id}/oauth2/v1`,
      appsPage: `${publicUrl}/auth/${id}/apps`,
      sandbox: `${publicUrl}/auth/${id}/sandbox`,
      auditConsole: `${publicUrl}/audit/${id}/`,
      auditor: PREVIEW_AUDITOR,
      conformance: conformanceOf(id),
      ...(id === JOINING_PLAN && { joining: joiningMember(id, seed, today) }),
      members: previewMembers(id, today).map(({ login, password, patientId, about }) => ({
        login,
        password,
        patientId,
        about,
      })),
    })),
  };
  await writeWhole(join(directory, PREVIEW_FILE), `${JSON.stringify(description, null, 2)}\n`);
  return description;
}
