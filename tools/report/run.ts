import { ConfigError } from '@patient-access/platform/config';
import { ReportUsageError } from './options.ts';

const EXIT = { failure: 1, usage: 2 } as const;

/** Runs a command of this folder. An error becomes one line and an exit code. @param usage text for `--help` */
export async function runCommand(usage: string, main: () => Promise<void>): Promise<void> {
  try {
    if (process.argv.includes('--help')) console.log(usage);
    else await main();
  } catch (error) {
    const isUsage = error instanceof ReportUsageError || error instanceof ConfigError;
    console.error(`report: ${(error as Error).message}`);
    if (isUsage) console.error('Try --help.');
    process.exitCode = isUsage ? EXIT.usage : EXIT.failure;
  }
}
