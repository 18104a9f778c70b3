import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlanRealm, startKeycloak, type RunningKeycloak } from '@patient-access/keycloak';
import { readPreview } from '@patient-access/preview';
import { install } from './installation.ts';

declare global {
  var keycloak: RunningKeycloak | undefined;
}

const TENANT = 'northwind';

/** Runs before the journeys with a plan's identity provider: starts both, and makes the plan's realm. */
export default async function start(): Promise<void> {
  // One after the other: each of them needs all of a small machine.
  globalThis.keycloak = await startKeycloak();
  globalThis.installation = await install();
  const { url, administrator, admin } = globalThis.keycloak;
  const { directory } = globalThis.installation;
  process.env['E2E_DIRECTORY'] = directory;
  const plan = readPreview(directory).tenants.find(({ id }) => id === TENANT);
  const at = `${new URL(plan?.issuer ?? '').origin}/auth/${TENANT}`;
  const realm = await createPlanRealm(admin, url, { name: 'plan', at });
  writeFileSync(join(directory, 'keycloak.json'), JSON.stringify({ url, administrator, realm, at }));
}
