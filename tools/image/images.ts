/** What each image holds: the programs that are started in it, and the files that they read. */
import { SERVICE_NAMES, SERVICES_WITH_DATABASE, type ServiceName, TOPOLOGY } from '@patient-access/topology';

export interface Image {
  /** files that Node starts; what they import is found by itself */
  programs: readonly string[];
  /** files and folders that the programs read, and do not import */
  files: readonly string[];
}

/** The image of the commands has this name; the other images have the names of the services. */
export const COMMANDS_IMAGE = 'commands';

/** The program of each command, by the name of its script in `package.json`. */
export const COMMANDS = {
  migrate: 'tools/migrate/main.ts',
  preflight: 'tools/preflight/main.ts',
  admin: 'apps/auth-service/dist/admin.js',
  audit: 'apps/audit-service/dist/admin.js',
  'audit:dead-letters': 'apps/audit-service/dist/dead-letters.js',
  import: 'tools/import/main.ts',
  'import:report': 'tools/import/report.ts',
  'import:labels': 'tools/import/labels.ts',
  'import:displays': 'tools/import/displays.ts',
  'import:freshness': 'tools/import/freshness.ts',
  'import:export-plan': 'tools/import/export-plan.ts',
  'import:delete-plan': 'tools/import/delete-plan.ts',
  'import:move-plan': 'tools/import/move-plan.ts',
  'import:withdraw': 'tools/import/withdraw.ts',
  'import:persons': 'tools/import/persons.ts',
  'import:merges': 'tools/import/merges.ts',
  reindex: 'tools/import/reindex.ts',
  'report:cms': 'tools/report/cms.ts',
  'report:prior-auth': 'tools/report/prior-authorization.ts',
} as const;

const COMMON_PASSWORDS = 'apps/auth-service/data';
const DISPLAYS = 'tools/import/displays/data';
const GUIDES = 'tools/import/guides/data';
const FILES: Partial<Record<ServiceName, readonly string[]>> = {
  'auth-service': [COMMON_PASSWORDS],
  // The sample app is the test client.
  'developer-site': ['apps/developer-site/out-site', 'apps/sample-app/out-app', 'apps/card-viewer/out-app'],
};

const migrations = SERVICES_WITH_DATABASE.flatMap((service) => TOPOLOGY[service].database?.migrations ?? []);

export const IMAGES: ReadonlyMap<string, Image> = new Map([
  ...SERVICE_NAMES.map((name): [string, Image] => [
    name,
    // The preflight sees what the service sees only where the service is.
    { programs: [`apps/${name}/dist/main.js`, COMMANDS.preflight], files: FILES[name] ?? [] },
  ]),
  [
    COMMANDS_IMAGE,
    {
      programs: Object.values(COMMANDS),
      files: [COMMON_PASSWORDS, DISPLAYS, GUIDES, ...new Set(migrations)],
    },
  ],
]);
