/** `npm run audit -- saw`: who got a record, printed, or as a signed file. */
import { readFile } from 'node:fs/promises';
import type { Pool } from '@patient-access/database';
import { knownApps } from './known-apps.ts';
import { saidOfTrail } from './said-of-trail.ts';
import { whoSaw } from './who-saw.ts';
import { writeSightings } from './write-sightings.ts';

interface Options {
  tenant: string;
  member: string;
  /** `Type/id` */
  resources: readonly string[];
  /** folder for the file; undefined: it is printed */
  out: string | undefined;
  /** file with the apps of the plan */
  apps: string | undefined;
  signingKey: string;
}

function targetOf(reference: string): { type: string; id: string } {
  const [type = '', id = '', ...more] = reference.split('/');
  if (!type || !id || more.length > 0) throw new Error(`--resource <Type/id>: ${reference}`);
  return { type, id };
}

export async function saw(
  auditor: Pool,
  { tenant, member, out, signingKey, ...given }: Options,
): Promise<object> {
  const resources = given.resources.map(targetOf);
  if (out === undefined) {
    await saidOfTrail(auditor, tenant, member);
    const found = [];
    for (const resource of resources) found.push(...(await whoSaw(auditor, { tenant, member, ...resource })));
    return found;
  }
  const apps = given.apps === undefined ? new Map() : knownApps(await readFile(given.apps, 'utf8'));
  return writeSightings(auditor, out, { tenant, member, resources, apps, signingKey });
}
