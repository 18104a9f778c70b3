/** What runs each command of docs/operate.md. */
import { commandsOf } from '@patient-access/testing';

interface Run {
  /** of the command, up to what makes it the only one */
  begins: string;
  /** the file that takes the command from the page by this beginning, and runs it */
  by: string;
}

const COMPOSED = 'tools/image/composed/page.ts';
const STANDBY = 'tools/drills/failover/standby.ts';
const SYSTEM = 'tools/drills/drilled-system.ts';
const POINT_IN_TIME = 'tools/drills/restore/point-in-time.ts';

const RUNS: readonly Run[] = [
  { begins: 'kubectl exec -n ', by: COMPOSED },
  { begins: 'npm run -s admin -- ', by: COMPOSED },
  { begins: 'PUBLIC_URL=', by: 'tools/preflight/test/preflight.test.ts' },
  { begins: 'pg_basebackup --dbname="$PRIMARY_URL" --pgdata=standby', by: STANDBY },
  { begins: 'psql "$PRIMARY_URL" -c "ALTER SYSTEM SET synchronous_standby_names', by: STANDBY },
  { begins: 'psql "$STANDBY_URL" -c "SELECT pg_promote()"', by: STANDBY },
  { begins: 'pg_dump --format=custom', by: SYSTEM },
  { begins: 'dropdb --force', by: SYSTEM },
  { begins: 'pg_restore --create', by: SYSTEM },
  { begins: 'psql "$PRIMARY_URL" -c "ALTER SYSTEM SET archive_mode = on"', by: POINT_IN_TIME },
  { begins: 'pg_basebackup --dbname="$PRIMARY_URL" --pgdata=base', by: POINT_IN_TIME },
  { begins: 'cp -R base recovered', by: POINT_IN_TIME },
  { begins: 'printf ', by: POINT_IN_TIME },
  { begins: '{ printf ', by: 'tools/k8s/page-runs.test.ts' },
];

/**
 * Commands that want a cluster or a registry, which no test has. `check:k8s` looks at the objects that they name
 * (pages.ts), and `npm run test:images` builds with the same Dockerfile and runs the commands of those Jobs.
 */
const NOT_RUN: readonly string[] = [
  'docker buildx build ',
  'kubectl create job ',
  'kubectl wait ',
  'kubectl logs ',
  'kubectl create secret ',
  'kubectl create configmap ',
];

/** Lines of a block that set something, and start nothing. */
const SETTING = /^[A-Z_]+=\S+$/;

/** Blocks that show a file. */
const YAML = /^ *```yaml\n[\s\S]*?^ *```$/gm;

/** @param read reads a file of the workspace @returns what is wrong, one line each */
export function runProblems(page: string, read: (file: string) => string): string[] {
  const commands = commandsOf(page.replaceAll(YAML, '')).filter((command) => !SETTING.test(command));
  const known = [...RUNS.map(({ begins }) => begins), ...NOT_RUN];
  return [
    ...commands
      .filter((command) => !known.some((begins) => command.startsWith(begins)))
      .map((command) => `nothing runs: ${command}`),
    ...known
      .filter((begins) => !commands.some((command) => command.startsWith(begins)))
      .map((begins) => `is not on the page: ${begins}`),
    ...RUNS.filter(({ begins, by }) => !read(by).includes(begins)).map(
      ({ begins, by }) => `${by} does not run: ${begins}`,
    ),
  ];
}
