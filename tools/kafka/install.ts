/** Installs the broker's jars from Maven Central into `.local/kafka/lib` of the workspace. */
import { join, resolve } from 'node:path';
import { fetchWithMaven } from './maven.ts';
import { runProgram } from './run-program.ts';

const lib = resolve(import.meta.dirname, '../../.local/kafka/lib');

/**
 * Checks for Java, and fetches the jars that `pom.xml` names.
 *
 * @returns the directory of the jars
 * @throws Error with one line that says what is missing
 */
export async function installKafka(): Promise<string> {
  await runProgram('java', ['-version'], 'Kafka needs Java 17 or newer');
  await fetchWithMaven({
    pom: join(import.meta.dirname, 'pom.xml'),
    directory: lib,
    goal: (folder) => [
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${folder}`,
    ],
    purpose: 'Kafka is fetched with Maven',
  });
  return lib;
}
