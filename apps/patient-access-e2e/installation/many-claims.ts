/** Imports thousands of claims of a member, in addition to the claims of the preview. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remove, runToEnd } from './installation.ts';
import type { PreviewTenant } from '@patient-access/preview';
import { connect, ingestSettings } from './world.ts';

const TIMES = 24;
/** The claims of the preview, which were imported first. */
const PAGE = 'ExplanationOfBenefit?_count=100&_sort=_lastUpdated';

interface Claim {
  id: string;
}

/**
 * Imports a page of a member's claims many times under other ids. Every call imports the same claims, and they stay.
 * So this is for a tenant at which no journey counts a member's claims.
 *
 * @returns how many claims were imported
 */
export async function importManyClaims(tenant: PreviewTenant, persona: string): Promise<number> {
  const { client } = await connect(tenant, persona);
  const { entry } = await client.json<{ entry: { resource: Claim }[] }>(PAGE);
  const claims = entry.map(({ resource }) => resource);
  const lines = Array.from({ length: TIMES }, (_, at) =>
    claims.map((claim) => JSON.stringify({ ...claim, id: `${claim.id}-${at}` })),
  ).flat();
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-claims-'));
  try {
    const file = join(folder, 'claims.ndjson');
    await writeFile(file, lines.join('\n'));
    const { code, said } = await runToEnd(
      'tools/import/main.ts',
      ['--tenant', tenant.id, file],
      ingestSettings(),
    );
    if (code !== 0) throw new Error(said);
    return lines.length;
  } finally {
    await remove(folder);
  }
}
