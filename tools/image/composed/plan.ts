/** Makes a plan with a login and a few made-up members, with the image of the commands alone. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FirstCallRequest } from '@patient-access/first-call';
import { COMMANDS } from '../images.ts';
import { population, previewMembers, type SyntheticResource } from '@patient-access/population';
import { ingestSetting, databaseOf, RECORD_SERVICES } from '@patient-access/topology';
import type { AdministrationPods } from './administration.ts';
import type { ComposedSystem } from './system.ts';

const ID = 'lakeside';
const MEMBERS = 4;
const SETTINGS = { nativeApps: true };
const POD = 'auth-administration';
const INGEST_SECRETS = Object.fromEntries(
  RECORD_SERVICES.map((service) => [ingestSetting(service), `${databaseOf(service)}_ingest_url`]),
);

export interface ComposedPlan {
  request: FirstCallRequest;
  /** what was loaded */
  resources: readonly SyntheticResource[];
}

/**
 * @param folder an empty folder for the files that are imported
 * @throws Error with what a command said
 */
export function makePlan(
  system: ComposedSystem,
  pods: AdministrationPods,
  publicUrl: string,
  folder: string,
): ComposedPlan {
  const admin = (words: readonly string[], input?: string) =>
    pods.exec(POD, ['node', COMMANDS.admin, ...words], input);
  const [member] = previewMembers(ID);
  if (!member) throw new Error(`${ID} has no member with a login`);
  const { login, password, patientId, patients } = member;
  admin(['tenant', 'create', '--id', ID, '--name', 'Lakeside Health Plan', '--kind', 'preview']);
  admin(['tenant', 'configure', '--id', ID], JSON.stringify(SETTINGS));
  const persons = patients.map(({ id, relationship, name }) => `${id}:${relationship}:${name}`);
  admin(
    ['account', 'create', '--tenant', ID, '--login', login, '--password-stdin'].concat(
      persons.flatMap((person) => ['--member', person]),
    ),
    password,
  );
  const resources = [...population({ tenant: ID, members: MEMBERS })];
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const lines = resources.map((resource) => JSON.stringify(resource)).join('\n');
  writeFileSync(join(folder, 'members.ndjson'), lines, { mode: 0o644 });
  const words = [COMMANDS.import, '--tenant', ID, '--rejects', '/tmp/rejects.ndjson', '/files'];
  system.command(words, INGEST_SECRETS, [`--volume=${folder}:/files:ro`, '--tmpfs=/tmp']);
  const issuer = `${publicUrl}/auth/${ID}/oauth2/v1`;
  const fhirBase = `${publicUrl}/payer/patient-access/v2/${ID}`;
  return { request: { issuer, fhirBase, login, password, patientId }, resources };
}
