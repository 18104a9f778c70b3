/** What runs each command of docs/operate.md. */
import { commandsOf, inlineCommandsOf } from '@patient-access/testing';

interface Run {
  /** of the command, up to what makes it the only one */
  begins: string;
  /** the file that runs it */
  by: string;
  /** the words of the file that say so; absent: it takes the command from the page by its beginning */
  as?: string;
}

const COMPOSED = 'tools/image/composed/page.ts';
const STANDBY = 'tools/drills/failover/standby.ts';
const SYSTEM = 'tools/drills/drilled-system.ts';
const POINT_IN_TIME = 'tools/drills/restore/point-in-time.ts';
const CLIENT = 'tools/k8s/client.ts';
const REPLICAS = 'apps/patient-access-e2e/operation/replicas.test.ts';
const PREFLIGHT = 'tools/preflight/test/preflight.test.ts';

/** In blocks. */
const BLOCKS: readonly Run[] = [
  { begins: 'kubectl exec -n ', by: COMPOSED },
  { begins: 'kubectl delete job -n ', by: COMPOSED },
  { begins: 'PUBLIC_URL=', by: PREFLIGHT },
  { begins: 'kubectl create secret ', by: CLIENT, as: '--dry-run=client' },
  { begins: 'kubectl create configmap ', by: CLIENT, as: '--dry-run=client' },
  { begins: 'pg_basebackup --dbname="$PRIMARY_URL" --pgdata=standby', by: STANDBY },
  { begins: 'psql "$PRIMARY_URL" -c "ALTER SYSTEM SET synchronous_standby_names', by: STANDBY },
  { begins: 'psql "$STANDBY_URL" -c "SELECT pg_promote()"', by: STANDBY },
  { begins: 'pg_dump --format=custom', by: SYSTEM },
  { begins: 'dropdb --force', by: SYSTEM },
  { begins: 'pg_restore --create', by: SYSTEM },
  { begins: 'npm run -s audit -- corrections', by: 'tools/drills/restore/records.ts' },
  { begins: 'psql "$PRIMARY_URL" -c "ALTER SYSTEM SET archive_mode = on"', by: POINT_IN_TIME },
  { begins: 'pg_basebackup --dbname="$PRIMARY_URL" --pgdata=base', by: POINT_IN_TIME },
  { begins: 'cp -R base recovered', by: POINT_IN_TIME },
  { begins: 'printf ', by: POINT_IN_TIME },
];

/** In sentences and tables. */
const INLINE: readonly Run[] = [
  { begins: 'docker run --rm IMAGE ', by: COMPOSED },
  { begins: 'npm run preflight -- --settings ', by: REPLICAS, as: "'--settings'" },
  { begins: 'npm run migrate -- --service ', by: 'tools/image/test/images.test.ts', as: "'--service'" },
  {
    begins: 'npm run -s import:move-plan -- ',
    by: 'tools/import/test/killed/killed.test.ts',
    as: "'move-plan'",
  },
  {
    begins: 'npm run reindex -- --tenant ',
    by: 'tools/import/test/known-plan/known-plan.test.ts',
    as: "'reindex', ['--tenant', 'formed', '--guides', 'none']",
  },
  { begins: 'npm run admin -- keys rotate --tenant ', by: REPLICAS, as: 'keys rotate --tenant' },
  {
    begins: 'npm run admin -- tenant set ',
    by: 'apps/patient-access-e2e/operation/replicas/ask.ts',
    as: "'tenant', 'set'",
  },
  { begins: 'npm run -s admin -- consent publish --tenant ', by: REPLICAS, as: 'consent publish --tenant' },
  {
    begins: 'npm run -s admin -- restore apply --end-all',
    by: 'apps/auth-service/test/restore/restore.test.ts',
    as: "restoreApply('--end-all')",
  },
  ...['upgrade', 'restore', 'restart', 'alerts', 'failover', 'lagging-failover'].map((drill) => ({
    begins: `npm run drills -- ${drill}`,
    by: '.ci/run',
  })),
  { begins: 'INSERT INTO last_change ', by: 'libs/fhir-store/test/paging/stable-pagination.test.ts' },
];

/** Lines of a block that set something, and start nothing. */
const SETTING = /^[A-Z_]+=\S+$/;

/** Blocks that show a file. */
const YAML = /^ *```yaml\n[\s\S]*?^ *```$/gm;

/** The rows of the table under this heading: the beginning of a command, and why nothing runs it. */
const NOT_RUN = /^## What is not tried here$[\s\S]*?(?=^## |$(?![\s\S]))/m;
const ROW = /^\| `([^`]+)` +\| (\S.*?) +\|$/gm;

/** @param read reads a file of the workspace @returns what is wrong, one line each */
export function runProblems(page: string, read: (file: string) => string): string[] {
  const [notRun = ''] = NOT_RUN.exec(page) ?? [];
  const text = page.replaceAll(YAML, '').replace(notRun, () => notRun.replaceAll(ROW, ''));
  const blocks = commandsOf(text).filter((command) => !SETTING.test(command));
  const commands = [...blocks, ...inlineCommandsOf(text)];
  const runs = [...BLOCKS, ...INLINE];
  const known = [
    ...runs.map(({ begins }) => begins),
    ...[...notRun.matchAll(ROW)].map(([, begins = '']) => begins),
  ];
  return [
    ...commands
      .filter((command) => !known.some((begins) => command.startsWith(begins)))
      .map((command) => `nothing runs: ${command}`),
    ...known
      .filter((begins) => !commands.some((command) => command.startsWith(begins)))
      .map((begins) => `is not on the page: ${begins}`),
    ...runs
      .filter(({ begins, by, as = begins }) => !read(by).includes(as))
      .map(({ begins, by }) => `${by} does not run: ${begins}`),
  ];
}
