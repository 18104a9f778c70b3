/** The libraries that most apps in Java are made of, as docs/developers/libraries.md shows them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import { type FormPage, UserAgent } from '@patient-access/first-call';
import { connect, memberOf, world } from '../installation/world.ts';

const PROJECT = resolve(import.meta.dirname, '../../../tools/java-clients');
/** Nothing listens there: the redirect is read and not followed. */
const REDIRECT_URI = 'http://127.0.0.1:53210/callback';
/** The first time, Maven fetches the libraries. */
const BUILD_MS = 400_000;
const RUN_MS = 120_000;

const { northwind } = world();
const { login, password, patientId } = memberOf(northwind, 'many');

/** Java and Maven have to be there in CI; elsewhere the test is skipped without them. */
const canRun =
  process.env['CI'] === 'true' || ['java', 'mvn'].every((program) => !spawnSync(program, ['-version']).error);
if (!canRun) process.stderr.write('skipped: Java or Maven is missing\n');

async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}

/** @returns the class path of the programs */
async function build(): Promise<string> {
  const goals = ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=target/classpath'];
  await run('mvn', ['-B', '-q', '-f', join(PROJECT, 'pom.xml'), ...goals]);
  const libraries = await readFile(join(PROJECT, 'target/classpath'), 'utf8');
  return `${join(PROJECT, 'target/classes')}:${libraries}`;
}

async function register(): Promise<string> {
  const response = await fetch(`${northwind.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Java Diary',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
    }),
  });
  return ((await response.json()) as { client_id: string }).client_id;
}

/** Logs the member in and agrees. @returns the address at which the browser comes to the app */
async function answer(address: string): Promise<URL> {
  const agent = new UserAgent();
  let page: FormPage = await agent.open(new URL(address), REDIRECT_URI);
  const pages: Record<string, string>[] = [{ login, password, action: 'login' }, { action: 'agree' }];
  for (const filled of pages) page = await agent.submit(page, filled, REDIRECT_URI);
  return page.url;
}

(canRun ? describe : describe.skip)('clients in Java', () => {
  test(
    'Nimbus and Spring Security log a member in, and HAPI reads all pages of her coverages',
    async () => {
      const { client } = await connect(northwind, 'many');
      const coverages = (await client.search(`Coverage?patient=${patientId}`)).length;
      const args = ['-cp', await build(), 'clients.Clients'];
      const app = [northwind.issuer, northwind.fhirBase, await register(), REDIRECT_URI];
      const program = spawn('java', [...args, ...app], { stdio: ['pipe', 'pipe', 'inherit'] });
      const said: string[] = [];
      for await (const line of createInterface({ input: program.stdout })) {
        const [, address] = /^open (.+)$/.exec(line) ?? [];
        if (address === undefined) said.push(line);
        else program.stdin.write(`${(await answer(address)).href}\n`);
      }
      expect(said).toEqual([`nimbus ${coverages}`, `spring ${coverages}`]);
    },
    BUILD_MS + RUN_MS,
  );
});
