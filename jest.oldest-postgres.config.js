/**
 * `npm run test:oldest-postgres`: the tests that ask the most kinds of SQL, with the oldest PostgreSQL that docs/operate.md
 * promises, or with the one that `POSTGRES_PROGRAMS` names (docs/adr/0141-try-the-oldest-promised-postgres.md).
 */
import { fileURLToPath } from 'node:url';
import { replacingWorkers } from './jest.preset.js';
import { oldestPostgres } from './libs/testing/src/oldest-postgres.ts';

/** By project, without `.test.ts`; `*` is a whole folder. */
const TESTS = {
  'libs/database/test': ['roles/*'],
  'libs/outbox/test': ['record/*'],
  'libs/fhir-store/test': [
    ...[
      'databases/moving',
      'deleted-plan/*',
      'deletions/*',
      'everything/everything',
      'filters/*',
      'history/*',
    ],
    ...[
      'isolation/walls',
      'paging/paging',
      'persons/merge',
      'plans/search-plan',
      'related/related',
      'search/*',
      'sensitivity/withheld',
    ],
  ],
  'apps/audit-service/test': [
    ...[
      'access/access',
      'chain/*',
      'disclosures/who-saw',
      'retention/in-no-chain',
      'scorecard/*',
      'transfers/*',
    ],
    ...['trail/trail', 'verify/columns'],
  ],
  'apps/auth-service/test': [
    ...[
      'admin/delete-tenant',
      'failure/sweep',
      'federation/member-load',
      'refresh/together',
      'relations/relations',
    ],
  ],
  'tools/import/test': ['trail/*'],
  'tools/k8s': ['postgres'],
  'tools/preflight/test': ['preflight'],
};

process.env.POSTGRES_PROGRAMS ??= oldestPostgres();

const { testTimeout, forceExit, workerIdleMemoryLimit, ...ofProject } = replacingWorkers;

export default {
  // Jest reads these here alone.
  testTimeout,
  forceExit,
  workerIdleMemoryLimit,
  projects: Object.entries(TESTS).map(([folder, names]) => {
    const project = folder.replace('/test', '');
    return {
      ...ofProject,
      displayName: project,
      rootDir: fileURLToPath(new URL(project, import.meta.url)),
      testMatch: names.map((name) => `**/${folder}/${name}.test.ts`),
    };
  }),
};
