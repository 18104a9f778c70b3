/** Runs docker/compose.yaml from images that are built already, and uses it as a plan and an app do. */
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@patient-access/testing';
import type { Podman } from '../containers/podman.ts';
import { AdministrationPods } from './administration.ts';
import { composedChecks } from './checks.ts';
import { readComposeFile } from './compose-file.ts';
import { runPage } from './page.ts';
import { makePlan } from './plan.ts';
import { makeStores } from './stores.ts';
import { ComposedSystem } from './system.ts';

async function variables(): Promise<Record<string, string>> {
  const [PORT, DEVELOPERS_PORT, TEST_CLIENT_PORT] = [await freePort(), await freePort(), await freePort()];
  const PUBLIC_URL = `http://localhost:${PORT}`;
  // At this level most is logged, and nothing of a member may be in it.
  const settings = { PORT, DEVELOPERS_PORT, TEST_CLIENT_PORT, PUBLIC_URL, LOG_LEVEL: 'debug' };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

/**
 * @param folder an empty folder
 * @returns what was seen, one line each
 * @throws Error with what is wrong
 */
export async function* runComposed(podman: Podman, root: string, folder: string): AsyncGenerator<string> {
  // A copy, so that the Secrets are new and are not left in the workspace.
  cpSync(join(root, 'docker'), join(folder, 'docker'), {
    recursive: true,
    filter: (path) => !path.endsWith('/secrets'),
  });
  execFileSync('sh', [join(folder, 'docker/secrets.sh')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const given = await variables();
  const file = readComposeFile(join(folder, 'docker/compose.yaml'), given);
  const { postgres, kafka } = file.services;
  if (!postgres || !kafka) throw new Error('compose.yaml has no postgres or no kafka');
  await makeStores(podman, root, join(folder, 'stores'), { postgres: postgres.image, kafka: kafka.image });
  const system = new ComposedSystem(podman, file);
  await system.up();
  yield `${system.services.length} containers of compose.yaml: all healthy, migrations done`;
  const publicUrl = given['PUBLIC_URL'] ?? '';
  const pods = new AdministrationPods(podman, root, folder, { PUBLIC_URL: publicUrl });
  const run = runPage(podman, join(root, 'docs/operate.md'), pods);
  yield `${run} commands of docs/operate.md, as they stand there`;
  const plan = makePlan(system, pods, publicUrl, join(folder, 'files'));
  yield `a plan, a login and ${plan.resources.length} resources, by the image of the commands`;
  yield* composedChecks(podman, system, plan);
}
