/** Runs commands of the page for operators as they stand there: in a container where the page has a pod. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { commandsOf } from '@patient-access/testing';
import type { Podman } from '../containers/podman.ts';
import type { AdministrationPods } from './administration.ts';

/** The preflight ends with 1 when something keeps the installation from production: here no address has TLS. */
const PREFLIGHT_CODES = [0, 1];
const SBOM = 'docker run --rm IMAGE ';

/** @returns the words of a command as a shell reads them */
const wordsOf = (text: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');

function inPod(podman: Podman, service: string, words: string[]): void {
  const { status, said } = podman.run('exec', service, ...words);
  if (!PREFLIGHT_CODES.includes(status ?? -1) || !/to change/.test(said))
    throw new Error(`${words.join(' ')} in ${service}: ${status}: ${said.slice(-500)}`);
}

function readSbom(podman: Podman, page: string): void {
  const [, words = ''] = new RegExp(`\`${SBOM}([^\`]+)\``).exec(page) ?? [];
  const said = podman.must(
    'run',
    '--rm',
    '--pull=never',
    'localhost/patient-access/commands',
    ...wordsOf(words),
  );
  if ((JSON.parse(said) as { bomFormat?: string }).bomFormat !== 'CycloneDX') throw new Error('no SBOM');
}

/** @returns how many commands were run @throws Error with what one of them said */
export function runPage(podman: Podman, file: string, pods: AdministrationPods): number {
  const page = readFileSync(file, 'utf8');
  let run = 1;
  readSbom(podman, page);
  for (const command of commandsOf(page)) {
    const [, kind, name, words] = /^kubectl exec -n \S+ (deploy|job)\/(\S+) -- (.+)$/.exec(command) ?? [];
    const [, ended] = /^kubectl delete job -n \S+ (\S+-administration)$/.exec(command) ?? [];
    if (kind === 'deploy' && name && words) inPod(podman, name, wordsOf(words));
    else if (kind === 'job' && name && words) pods.exec(name, wordsOf(words));
    else if (ended !== undefined) pods.delete(ended);
    else continue;
    run += 1;
  }
  return run;
}
