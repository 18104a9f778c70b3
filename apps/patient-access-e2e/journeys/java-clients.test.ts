/** The libraries that most apps in Java are made of, as docs/developers/libraries.md shows them. */
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import { runMaven } from '@patient-access/kafka';
import { answerAs, registerNamed } from '../installation/member-agent.ts';
import { blocksOf } from '../installation/page-blocks.ts';
import { connect, memberOf, world } from '../installation/world.ts';

const PROJECT = resolve(import.meta.dirname, '../../../tools/java-clients');
/** Nothing listens there: the redirect is read and not followed. */
const REDIRECT_URI = 'http://127.0.0.1:53210/callback';
/** The first time, Maven fetches the libraries. */
const BUILD_MS = 400_000;
const RUN_MS = 120_000;

const { northwind } = world();
const member = memberOf(northwind, 'many');
const { patientId } = member;

/** Java and Maven have to be there in CI; elsewhere the test is skipped without them. */
const canRun =
  process.env['CI'] === 'true' || ['java', 'mvn'].every((program) => !spawnSync(program, ['-version']).error);
if (!canRun) process.stderr.write('skipped: Java or Maven is missing\n');

/** @returns the class path of the programs */
async function build(): Promise<string> {
  const goals = ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=target/classpath'];
  await runMaven(join(PROJECT, 'pom.xml'), goals, 'the clients are built with Maven');
  const libraries = await readFile(join(PROJECT, 'target/classpath'), 'utf8');
  return `${join(PROJECT, 'target/classes')}:${libraries}`;
}

test('the page shows the lines that run here', async () => {
  const program = await readFile(join(PROJECT, 'src/main/java/clients/Clients.java'), 'utf8');
  const [shown = '', ...more] = blocksOf('libraries', 'java');
  const words = (java: string) => java.replaceAll('app.fhirBase()', 'fhirBase').replace(/\s+/g, ' ').trim();
  expect(more).toEqual([]);
  expect(words(program)).toContain(words(shown));
});

(canRun ? describe : describe.skip)('clients in Java', () => {
  test(
    'Nimbus and Spring Security log a member in, and HAPI reads all pages of her coverages',
    async () => {
      const { client } = await connect(northwind, 'many');
      const coverages = (await client.search(`Coverage?patient=${patientId}`)).length;
      const args = ['-cp', await build(), 'clients.Clients'];
      const { client_id } = await registerNamed(northwind, 'Java Diary', REDIRECT_URI);
      const app = [northwind.issuer, northwind.fhirBase, client_id, REDIRECT_URI];
      const program = spawn('java', [...args, ...app], { stdio: ['pipe', 'pipe', 'inherit'] });
      const said: string[] = [];
      for await (const line of createInterface({ input: program.stdout })) {
        const [, address] = /^open (.+)$/.exec(line) ?? [];
        if (address === undefined) said.push(line);
        else program.stdin.write(`${(await answerAs(member, address, REDIRECT_URI)).href}\n`);
      }
      expect(said).toEqual([`nimbus ${coverages}`, `spring ${coverages}`]);
    },
    BUILD_MS + RUN_MS,
  );
});
