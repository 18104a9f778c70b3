/**
 * `npm run check:k8s`: checks that k8s/ and docker/ are valid and keep our rules. It needs no cluster, Docker or
 * network.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { COMMANDS } from '@patient-access/image';
import { SERVICE_NAMES } from '@patient-access/topology';
import { alertProblems, exposedMetrics } from './alerts.ts';
import { clientProblems } from './client.ts';
import { commandProblems } from './commands.ts';
import { composeProblems, readCompose } from './compose.ts';
import { dashboardProblems } from './dashboard.ts';
import { dockerfileProblems } from './dockerfile.ts';
import { type App, invariantProblems } from './invariants.ts';
import { monitoringProblems } from './monitoring.ts';
import { networkProblems } from './network.ts';
import { runProblems } from './page-runs.ts';
import { operatorPageProblems } from './pages.ts';
import { type Manifest, render } from './render.ts';
import { rightsProblems } from './rights.ts';
import { settingDifferences } from './same-settings.ts';
import { schemaProblems } from './schema.ts';
import { externalProblems, neededKeys, printedSecrets, unprintedKeys } from './secrets.ts';
import { settingsOf } from './settings.ts';
import { topologyProblems } from './topology.ts';

const root = resolve(import.meta.dirname, '../..');
const BASE = 'k8s/base';
const KUSTOMIZATIONS = [BASE, 'k8s/overlays/preview', 'k8s/overlays/production'];

const folders = globSync('apps/*/package.json', { cwd: root })
  .filter((file) => readFileSync(join(root, file), 'utf8').includes('"type:app"'))
  .map((file) => basename(dirname(file)));
const apps: App[] = await Promise.all(
  SERVICE_NAMES.map(async (name) => ({ name, settings: await settingsOf(root, name) })),
);

/** Whether it is a fault that kustomize or kubectl is missing. */
const isRequired = process.argv.includes('--require-kustomize');

const PAGES = ['docs/operate.md', 'k8s/README.md'];

/** What the commands on the pages for operators name has to be in one of the overlays, or in the workspace. */
function checkPages(manifests: readonly Manifest[]): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const known = {
    manifests,
    scripts: Object.keys(scripts),
    programs: Object.values(COMMANDS),
    exists: (path: string) => existsSync(join(root, path)),
  };
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const unrun = runProblems(read('docs/operate.md'), read).map((problem) => `docs/operate.md: ${problem}`);
  const wrong = PAGES.flatMap((page) => operatorPageProblems(page, read(page), known));
  return [...unrun, ...wrong];
}

/** What kubectl does without a cluster. */
function checkClientCommands(manifests: readonly Manifest[], problems: string[]): void {
  const found = clientProblems(readFileSync(join(root, 'docs/operate.md'), 'utf8'), manifests);
  const message = 'kubectl is not installed (Debian: apt-get install kubernetes-client)';
  if (found) problems.push(...found);
  else if (isRequired) problems.push(message);
  else console.log(`skipped the commands of docs/operate.md that need no cluster: ${message}`);
}

/** @returns false when kustomize is not installed */
async function checkKustomizations(problems: string[]): Promise<boolean> {
  const printed = printedSecrets(root);
  const all: Manifest[] = [];
  for (const directory of KUSTOMIZATIONS) {
    const manifests = render(join(root, directory));
    if (!manifests) return false;
    all.push(...manifests);
    if (directory === BASE) problems.push(...settingDifferences(readCompose(root), manifests));
    problems.push(
      ...(await schemaProblems(manifests)),
      ...invariantProblems(manifests, apps),
      ...networkProblems(manifests),
      ...commandProblems(manifests),
      ...rightsProblems(manifests),
      ...externalProblems(manifests),
      ...unprintedKeys(neededKeys(manifests), printed),
    );
    console.log(`${directory}: ${manifests.length} objects rendered and checked`);
  }
  problems.push(...checkPages(all));
  checkClientCommands(all, problems);
  return true;
}

const alerts = readFileSync(join(root, 'k8s/alerts.yaml'), 'utf8');
const metrics = exposedMetrics(root);
const problems = [
  ...topologyProblems(folders, apps),
  ...composeProblems(readCompose(root), apps),
  ...dockerfileProblems(readFileSync(join(root, 'docker/Dockerfile'), 'utf8')),
  ...alertProblems(alerts, metrics, readFileSync(join(root, 'docs/runbook.md'), 'utf8')),
  ...monitoringProblems(root),
  ...dashboardProblems(readFileSync(join(root, 'k8s/dashboard.json'), 'utf8'), metrics, alerts),
];
console.log('docker/: compose.yaml and Dockerfile checked; k8s/: alerts.yaml and dashboard.json checked');
if (!(await checkKustomizations(problems))) {
  const message = 'k8s/: neither kustomize nor kubectl is installed (Debian: apt-get install kustomize)';
  if (isRequired) problems.push(message);
  else console.log(`skipped ${message}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
