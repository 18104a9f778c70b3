/** Installs Keycloak from Maven Central into `.local/keycloak` of the workspace. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runMaven, runProgram } from '@patient-access/kafka';

const pom = join(import.meta.dirname, 'pom.xml');
const home = resolve(import.meta.dirname, '../../.local/keycloak');
const distribution = join(home, 'distribution');

/**
 * Checks for Java, and fetches the distribution that `pom.xml` names. If an earlier call has fetched it, neither Maven nor
 * a network is needed.
 *
 * @returns the home directory of Keycloak
 * @throws Error with one line that says what is missing
 */
export async function installKeycloak(): Promise<string> {
  await runProgram('java', ['-version'], 'Keycloak needs Java 17 or newer');
  const wanted = await readFile(pom, 'utf8');
  const present = await readFile(join(distribution, 'pom.xml'), 'utf8').catch(() => '');
  if (present !== wanted) await fetchDistribution(wanted);
  const [name] = (await readdir(distribution)).filter((entry) => entry.startsWith('keycloak-'));
  if (name === undefined) throw new Error(`Keycloak is not in ${distribution}`);
  return join(distribution, name);
}

/** The directory is made under another name and then renamed, so an interrupted call leaves no half directory. */
async function fetchDistribution(wanted: string): Promise<void> {
  const fresh = `${distribution}.${process.pid}`;
  try {
    await mkdir(fresh, { recursive: true });
    const goal = [
      'dependency:unpack-dependencies',
      `-DoutputDirectory=${fresh}`,
      `-DmarkersDirectory=${fresh}/markers`,
    ];
    await runMaven(pom, goal, 'Keycloak is fetched with Maven');
    await writeFile(join(fresh, 'pom.xml'), wanted);
    await rm(distribution, { recursive: true, force: true });
    await rename(fresh, distribution);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
