/**
 * Makes what browsers load: the pages of the developer site with VitePress, and the sample app and the viewer of cards with
 * Vite. Each is made when something that it is made from has changed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const SITE = 'apps/developer-site';
const SAMPLE_APP = 'apps/sample-app';
const CARD_VIEWER = 'apps/card-viewer';
const VITEPRESS = 'node_modules/vitepress';
const SWAGGER_UI = 'node_modules/swagger-ui-dist';
const VITE = 'node_modules/vite';
const FHIRCLIENT = 'node_modules/fhirclient';

interface SiteBuild {
  sources: readonly string[];
  /** the last file of the output */
  made: string;
  /** the hash of what it was made from */
  stamp: string;
  command: readonly string[];
}

/** By the path of the project. */
const BUILDS: Readonly<Record<string, SiteBuild>> = {
  [SITE]: {
    sources: [
      'docs/developers/**/*',
      `${SITE}/site/.vitepress/{*.js,theme/*}`,
      `${SITE}/site/api/*`,
      `{${VITEPRESS},${SWAGGER_UI}}/package.json`,
    ],
    made: `${SITE}/out-site/404.html`,
    stamp: `${SITE}/dist/site.inputs`,
    command: [`${VITEPRESS}/bin/vitepress.js`, 'build', `${SITE}/site`],
  },
  [SAMPLE_APP]: {
    sources: [
      `${SAMPLE_APP}/{src,public}/**/*`,
      `${SAMPLE_APP}/{index.html,vite.config.js,package.json}`,
      `{${VITE},${FHIRCLIENT}}/package.json`,
    ],
    made: `${SAMPLE_APP}/out-app/index.html`,
    stamp: `${SAMPLE_APP}/dist/site.inputs`,
    command: [`${VITE}/bin/vite.js`, 'build', SAMPLE_APP, '--logLevel', 'warn'],
  },
  [CARD_VIEWER]: {
    sources: [
      `${CARD_VIEWER}/src/**/*`,
      `${CARD_VIEWER}/{card.html,vite.config.js,package.json}`,
      'libs/pages/src/**/*',
      `${VITE}/package.json`,
    ],
    made: `${CARD_VIEWER}/out-app/card.html`,
    stamp: `${CARD_VIEWER}/dist/site.inputs`,
    command: [`${VITE}/bin/vite.js`, 'build', CARD_VIEWER, '--logLevel', 'warn'],
  },
};

function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  const files = sources.flatMap((pattern) => globSync(pattern, { cwd: root, withFileTypes: true }));
  const paths = files.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const path of paths.sort()) hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

/** @throws Error with what the program said, as about a link that leads nowhere */
function run(command: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
}

/** @returns how to make what browsers load of a project; undefined for a project without */
const buildOf = (project: string): SiteBuild | undefined =>
  Object.entries(BUILDS).find(([path]) => resolve(root, project) === join(root, path))?.[1];

/** @returns whether SWC has nothing to compile, because all of the project is for browsers */
export const isForBrowsers = (project: string): boolean =>
  [SAMPLE_APP, CARD_VIEWER].some((path) => resolve(root, project) === join(root, path));

/** Makes what browsers load of a project, if there is something and it is not up to date. */
export async function buildSite(project: string): Promise<void> {
  const build = buildOf(project);
  if (!build) return;
  const { sources, made, stamp, command } = build;
  const [wanted, file] = [hashOf(sources), join(root, stamp)];
  if (existsSync(join(root, made)) && existsSync(file) && readFileSync(file, 'utf8') === wanted) return;
  run(command);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, wanted);
}
