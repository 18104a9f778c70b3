/** Checks the commands on the pages for operators: what they name has to be there. */
import { commandsOf } from '@patient-access/testing';
import type { Manifest } from './render.ts';
import { selects } from './selector.ts';

/** What the pages may name. */
export interface PageNames {
  /** the objects of all overlays */
  manifests: readonly Manifest[];
  /** names of the scripts of package.json */
  scripts: readonly string[];
  /** programs of the image of the commands */
  programs: readonly string[];
  exists(path: string): boolean;
}

const SHORT_KINDS: Readonly<Record<string, string>> = { deploy: 'deployment' };

function selectsSomething(selector: string, manifests: readonly Manifest[]): boolean {
  const matchLabels = Object.fromEntries(
    selector.split(',').map((pair) => pair.split('=') as [string, string]),
  );
  return manifests.some(({ metadata }) => selects({ matchLabels }, metadata.labels ?? {}));
}

/** Jobs that are made from a CronJob by a command before are there, too. */
function isThere(kind: string, name: string, { manifests }: PageNames, made: ReadonlySet<string>): boolean {
  const full = SHORT_KINDS[kind] ?? kind;
  return (
    made.has(`${full}/${name}`) ||
    manifests.some((each) => each.kind.toLowerCase() === full && each.metadata.name === name)
  );
}

/** Kinds whose objects operators of others make, or that the reader brings. */
const OF_OTHERS = ['kafka'];
const OBJECT = /(?:^|[ =])([a-z]+)\/([a-z0-9][a-z0-9-]*)(?= |$)/g;

function kubectlProblems(command: string, known: PageNames, made: Set<string>): string[] {
  const selectors = [...command.matchAll(/ -l (\S+)/g)].map(([, selector = '']) => selector);
  const [, job] = /^kubectl create job .*?([a-z0-9][a-z0-9-]*) --from=/.exec(command) ?? [];
  if (job !== undefined) made.add(`job/${job}`);
  const objects = [...command.matchAll(OBJECT)].filter(([, kind = '']) => !OF_OTHERS.includes(kind));
  const [, folder = ''] = /(?:kustomize|-f) (k8s\/\S+)/.exec(command) ?? [];
  return [
    ...selectors
      .filter((selector) => !selectsSomething(selector, known.manifests))
      .map((each) => `selects nothing: ${each}`),
    ...objects
      .filter(([, kind = '', name = '']) => !isThere(kind, name, known, made))
      .map(([, kind, name]) => `there is no ${kind}/${name}`),
    ...(folder === '' || known.exists(folder) ? [] : [`there is no ${folder}`]),
  ];
}

function wordProblems(command: string, { scripts, programs, exists }: PageNames): string[] {
  const [, script] = /npm run (?:-s )?([\w:-]+)/.exec(command) ?? [];
  const [, program] = /node (\S+\.(?:ts|js))/.exec(command) ?? [];
  const [, file] = /(?:sh|-f) ((?:docker|k8s)\/\S+)/.exec(command) ?? [];
  return [
    ...(script === undefined || scripts.includes(script) ? [] : [`there is no script ${script}`]),
    ...(program === undefined || programs.includes(program) ? [] : [`no image has ${program}`]),
    ...(file === undefined || exists(file) ? [] : [`there is no ${file}`]),
  ];
}

/** @returns what a page's commands name and what is not there, one line each */
export function operatorPageProblems(name: string, page: string, known: PageNames): string[] {
  const made = new Set<string>();
  return commandsOf(page).flatMap((command) => {
    const found = [
      ...(command.includes('kubectl') ? kubectlProblems(command, known, made) : []),
      ...wordProblems(command, known),
    ];
    return found.map((problem) => `${name}: ${problem}: ${command}`);
  });
}
