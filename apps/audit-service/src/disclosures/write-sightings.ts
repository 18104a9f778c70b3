/** Writes the file about a record under the wrong person, and the signed manifest by which anybody can tell that it is whole. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from '@patient-access/database';
import { statedHeads } from '../checkpoints/checkpoint.ts';
import { manifestText, signManifest } from '../checkpoints/manifest.ts';
import { TrailRecords } from '../verify/records.ts';
import type { KnownApps } from './known-apps.ts';
import { saidOfTrail } from './said-of-trail.ts';
import { sightingsCsv } from './sightings-file.ts';
import { countRequests, whoSaw, withdrawalsOf } from './who-saw.ts';

const NAME = 'sightings.csv';

interface Asked {
  tenant: string;
  member: string;
  resources: readonly { type: string; id: string }[];
  apps: KnownApps;
  /** the private key of the checkpoints, PEM */
  signingKey: string;
}

/** A file of members' data, which nobody else on the machine reads. It has its name when it is whole. */
async function writeWhole(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(`${path}.part`, text, { mode: 0o600 });
  await rename(`${path}.part`, path);
  return path;
}

/** @returns the paths, and the number of requests @throws Error for a member of whom the trail knows nothing */
export async function writeSightings(auditor: Pool, folder: string, asked: Asked) {
  const { tenant, member, resources, apps, signingKey } = asked;
  // The ends of the chains are read first: what they end with is in the file.
  const heads = await new TrailRecords(auditor).heads(tenant);
  const said = await saidOfTrail(auditor, tenant, member);
  const [sightings, withdrawals] = [[], []] as [
    Awaited<ReturnType<typeof whoSaw>>,
    Awaited<ReturnType<typeof withdrawalsOf>>,
  ];
  for (const resource of resources) {
    const seen = { tenant, member, ...resource };
    sightings.push(...(await whoSaw(auditor, seen)));
    withdrawals.push(...(await withdrawalsOf(auditor, seen)));
  }
  sightings.sort((a, b) => (a.recorded < b.recorded ? -1 : 1));
  const csv = sightingsCsv({ tenant, member, resources, sightings, withdrawals, apps, said });
  const manifest = {
    tenant,
    filter: { patient: member, record: resources.map(({ type, id }) => `${type}/${id}`).join(' ') },
    events: sightings.length,
    heads: statedHeads(heads),
    files: [
      {
        name: NAME,
        bytes: Buffer.byteLength(csv),
        sha256: createHash('sha256').update(csv).digest('hex'),
      },
    ],
    signed: new Date().toISOString(),
  };
  const signature = await signManifest(signingKey, manifest);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const signed = manifestText(manifest, signature);
  const files = [await writeWhole(folder, NAME, csv), await writeWhole(folder, 'manifest.json', signed)];
  return { files, requests: countRequests(sightings) };
}
