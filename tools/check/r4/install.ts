/** Fetches HL7's definitions of R4 from Maven Central into `.local/r4` of the workspace. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runMaven } from '@patient-access/kafka';

const pom = join(import.meta.dirname, 'pom.xml');
const home = resolve(import.meta.dirname, '../../../.local/r4');
const FILES = '**/profile/profiles-*.xml,**/valueset/*.xml';

/**
 * If an earlier call has fetched what `pom.xml` names, neither Maven nor a network is needed.
 *
 * @returns the folder of the definitions
 * @throws Error with one line that says what is missing
 */
export async function installDefinitions(): Promise<string> {
  const wanted = await readFile(pom, 'utf8');
  const present = await readFile(join(home, 'pom.xml'), 'utf8').catch(() => '');
  if (present !== wanted) await fetchDefinitions(wanted);
  return join(home, 'org/hl7/fhir/r4/model');
}

/** The folder is made under another name and then renamed, so an interrupted call leaves no half folder. */
async function fetchDefinitions(wanted: string): Promise<void> {
  const fresh = `${home}.${process.pid}`;
  try {
    await mkdir(fresh, { recursive: true });
    const goal = [
      'dependency:unpack-dependencies',
      `-DoutputDirectory=${fresh}`,
      `-DmarkersDirectory=${fresh}/markers`,
      `-Dmdep.unpack.includes=${FILES}`,
    ];
    await runMaven(pom, goal, 'the definitions of R4 are fetched with Maven');
    await writeFile(join(fresh, 'pom.xml'), wanted);
    await rm(home, { recursive: true, force: true });
    await rename(fresh, home);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
