/** `npm run check` runs all checks of the source. It ends with the number of checks that passed. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { boundaryCanary } from './canary.ts';
import { complianceGaps } from './compliance.ts';
import { outdatedErrorDocs } from './error-docs.ts';
import { ambiguousNames } from './exported-names.ts';
import { capabilityGaps } from './conformance/capabilities.ts';
import { outdatedLists } from './conformance/lists.ts';
import { outdatedUncheckedPage } from './conformance/unchecked.ts';
import { headingGaps } from './headings.ts';
import { importCycles } from './import-cycles.ts';
import { networkGaps } from './networks.ts';
import { targetGaps } from './project-targets.ts';
import { outdatedKafkaDocs } from './kafka-docs.ts';
import { typesInEngine } from './resource-types.ts';
import { outdatedSchemas } from './schema-differences.ts';
import { outdatedDeveloperReference } from './developer-reference.ts';
import { danglingIds } from './ids.ts';
import { servedPreviewGaps } from './served-preview.ts';
import { securityCaseGaps } from './security-cases.ts';
import { outdatedStructure } from './r4/outdated.ts';
import { publishedGaps } from './published.ts';
import { patchGaps } from './patches.ts';
import { refusalGaps } from './refusals.ts';
import { releaseGaps } from './releases.ts';
import { replicaGaps } from './replicas.ts';
import { outdatedSettings } from './settings-docs.ts';

const NX = 'nx/dist/bin/nx.js';
const SOURCES = ['apps', 'libs', 'tools'];
const root = resolve(import.meta.dirname, '../..');

/** Runs a program of node_modules with this version of Node. @returns its output when it failed, otherwise undefined */
function failure(program: string, ...args: string[]): string | undefined {
  const script = join(root, 'node_modules', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `${stdout}${stderr}`;
}

const CHECKS: Record<string, () => string | undefined | Promise<string | undefined>> = {
  // Without a project graph the boundary rule silently accepts everything, so the graph is made first.
  'project graph': () => failure(NX, 'show', 'projects'),
  'boundary canary': () => boundaryCanary(root),
  'project targets': () => targetGaps(root),
  'project references': () => failure(NX, 'sync:check'),
  // All projects in one process, which reads the types of the packages once. The check before has shown that the root's
  // tsconfig.json names every project.
  types: () => failure('typescript-7/bin/tsc', '--build', 'tsconfig.json'),
  eslint: () =>
    failure('eslint/bin/eslint.js', '--config', 'eslint.whole.config.js', '--max-warnings', '0', ...SOURCES),
  format: () => failure('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  'unused exports': () => failure('knip/bin/knip.js'),
  'import cycles': () => importCycles(root),
  'types in the engine': () => typesInEngine(root),
  'exported names': () => ambiguousNames(root),
  'structure of R4': outdatedStructure,
  'schemas and migrations': () => outdatedSchemas(root),
  'error documentation': () => outdatedErrorDocs(root),
  'reference of resource types': () => outdatedDeveloperReference(root),
  'Kafka documentation': () => outdatedKafkaDocs(root),
  releases: () => releaseGaps(root),
  'limits and caches': () => replicaGaps(root),
  'settings for operators': () => outdatedSettings(root),
  compliance: () => complianceGaps(root),
  'security cases': () => securityCaseGaps(root),
  'ids and pages': () => danglingIds(root),
  'links to headings': () => headingGaps(root),
  'patches of oidc-provider': () => patchGaps(root),
  refusals: () => refusalGaps(root),
  'lists of the guides': () => outdatedLists(root),
  'what each set of guides asks': () => capabilityGaps(root),
  'page of unchecked rules': () => outdatedUncheckedPage(root),
  'networks of the preview': networkGaps,
  'what the preview publishes': publishedGaps,
  'served preview': () => servedPreviewGaps(root),
};

let failed = 0;
for (const [name, check] of Object.entries(CHECKS)) {
  const began = performance.now();
  const found = await check();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${found === undefined ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`);
  if (found === undefined) continue;
  failed += 1;
  console.log(found);
}
console.log(`${Object.keys(CHECKS).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
