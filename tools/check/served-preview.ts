/** Starts the preview, and looks at what it serves: as the guides ask of a server and of its data, and as an expert reads claims. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Preview } from '@patient-access/preview/installation';
import { freePort } from '@patient-access/testing';
import { Agent, setGlobalDispatcher } from 'undici';
import { claimProblems } from './claims/served.ts';
import { profileProblems, SeenRecords } from './conformance/profiles.ts';
import { conformanceProblems } from './conformance/served.ts';

/** Enough for all members of the preview that play a part. */
const MEMBERS = 13;

/**
 * @param root folder of the project
 * @returns what is wrong or missing in what the preview serves; undefined when there is nothing
 */
export async function servedPreviewGaps(root: string): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'served-preview-'));
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const options = { port, publicUrl, directory, kafka: {}, fresh: true, members: MEMBERS, seed: 1 };
  const preview = new Preview({ ...options, without: [] });
  // Between two questions this process computes for seconds, and a server closes a connection that rests, perhaps just
  // when the next question leaves on it. So each question has a connection of its own.
  setGlobalDispatcher(new Agent({ pipelining: 0 }));
  try {
    const { tenants } = await preview.start();
    // Before data of other authors is imported, for which the plan does not answer.
    const seen = new SeenRecords();
    const claims = await claimProblems(publicUrl, tenants, seen);
    const conformance = await conformanceProblems(root, directory, tenants, seen);
    const problems = [...claims, ...conformance, ...(await profileProblems(tenants, seen))];
    return problems.length > 0 ? problems.join('\n') : undefined;
  } finally {
    await preview.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
