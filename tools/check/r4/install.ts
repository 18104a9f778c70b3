/** Fetches HL7's definitions of R4 from Maven Central into `.local/r4` of the workspace. */
import { join, resolve } from 'node:path';
import { fetchWithMaven } from '@patient-access/kafka';

const home = resolve(import.meta.dirname, '../../../.local/r4');
const FILES = '**/profile/profiles-*.xml,**/valueset/*.xml';

/**
 * @returns the folder of the definitions
 * @throws Error with one line that says what is missing
 */
export async function installDefinitions(): Promise<string> {
  await fetchWithMaven({
    pom: join(import.meta.dirname, 'pom.xml'),
    directory: home,
    goal: (folder) => [
      'dependency:unpack-dependencies',
      `-DoutputDirectory=${folder}`,
      `-DmarkersDirectory=${folder}/markers`,
      `-Dmdep.unpack.includes=${FILES}`,
    ],
    purpose: 'the definitions of R4 are fetched with Maven',
  });
  return join(home, 'org/hl7/fhir/r4/model');
}
