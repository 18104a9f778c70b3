/**
 * `npm run preflight`: says in a table what would keep an installation from production, with the fix for each. Exit code 0:
 * nothing; 1: something has to be changed; 2: it could not be run. See docs/operate.md.
 */
import { parseArgs } from 'node:util';
import { targetOfEnvironment, targetsOfFolder } from './config.ts';
import type { CheckedService } from './obstacle.ts';
import { preflight } from './preflight.ts';
import { obstacleTable } from './table.ts';

const USAGE = `usage: npm run preflight -- [--service <name> | --settings <folder with {service}.env>] [--plan <id>]
         [--backup-file <path> | --backup-at <instant>] [--backup-hours 26]
  --service: the settings are in the environment, as the service has them`;

const OPTIONS = {
  service: { type: 'string' },
  settings: { type: 'string' },
  plan: { type: 'string' },
  'backup-file': { type: 'string' },
  'backup-at': { type: 'string' },
  'backup-hours': { type: 'string', default: '26' },
  help: { type: 'boolean', short: 'h' },
} as const;

function targetsOf(service: string | undefined, folder: string | undefined): CheckedService[] {
  if (service !== undefined && folder === undefined) return targetOfEnvironment(service);
  if (service === undefined && folder !== undefined) return targetsOfFolder(folder);
  throw new Error(USAGE);
}

/** @throws Error when it is no number: every backup would be too old */
function hoursOf(text: string): number {
  const hours = Number(text);
  if (hours > 0) return hours;
  throw new Error(`--backup-hours: a number above 0\n${USAGE}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return console.log(USAGE);
  const backup = {
    file: values['backup-file'],
    at: values['backup-at'],
    maxHours: hoursOf(values['backup-hours']),
  };
  const findings = await preflight(targetsOf(values.service, values.settings), { backup, plan: values.plan });
  const stops = findings.filter(({ level }) => level === 'stop').length;
  if (findings.length > 0) console.log(obstacleTable(findings));
  console.log(`${stops} to change, ${findings.length - stops} to look at`);
  process.exitCode = stops === 0 ? 0 : 1;
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
