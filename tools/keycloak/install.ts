/** Installs Keycloak from Maven Central into `.local/keycloak` of the workspace. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fetchWithMaven, runProgram } from '@patient-access/kafka';

const distribution = resolve(import.meta.dirname, '../../.local/keycloak/distribution');

/**
 * Checks for Java, and fetches the distribution that `pom.xml` names.
 *
 * @returns the home directory of Keycloak
 * @throws Error with one line that says what is missing
 */
export async function installKeycloak(): Promise<string> {
  await runProgram('java', ['-version'], 'Keycloak needs Java 17 or newer');
  await fetchWithMaven({
    pom: join(import.meta.dirname, 'pom.xml'),
    directory: distribution,
    goal: (folder) => [
      'dependency:unpack-dependencies',
      `-DoutputDirectory=${folder}`,
      `-DmarkersDirectory=${folder}/markers`,
    ],
    purpose: 'Keycloak is fetched with Maven',
  });
  const [name] = (await readdir(distribution)).filter((entry) => entry.startsWith('keycloak-'));
  if (name === undefined) throw new Error(`Keycloak is not in ${distribution}`);
  return join(distribution, name);
}
