/** A command in the process of the test: its own process takes a second of the processor before it does anything. */
import { format } from 'node:util';
import { jest } from '@jest/globals';

/**
 * Runs a command as a process of its own would run, with these settings alone.
 *
 * @param run as the command's program calls it
 */
export async function runHere(run: () => Promise<void>, settings: Record<string, string>) {
  const { env, exitCode } = process;
  const printed = { stdout: '', stderr: '' };
  const spies = [
    jest
      .spyOn(console, 'log')
      .mockImplementation((...said) => void (printed.stdout += `${format(...said)}\n`)),
    jest
      .spyOn(console, 'error')
      .mockImplementation((...said) => void (printed.stderr += `${format(...said)}\n`)),
  ];
  process.env = settings;
  process.exitCode = undefined;
  try {
    await run();
    return { status: Number(process.exitCode ?? 0), ...printed };
  } finally {
    process.env = env;
    process.exitCode = exitCode;
    for (const spy of spies) spy.mockRestore();
  }
}
