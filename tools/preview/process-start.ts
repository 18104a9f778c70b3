/** Tells one process from a later one that got the same number. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** proc_pid_stat(5): fields 3 and 22. The name before them is in parentheses and may hold anything. */
const STATE = 0;
const START_TIME = 19;
const ZOMBIE = 'Z';

const hasProc = (): boolean => {
  try {
    return readFileSync('/proc/self/stat', 'utf8') !== '';
  } catch {
    return false;
  }
};

/** @returns undefined when there is no such process, or when it has ended and nobody has asked for its exit code */
function startFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[STATE] === ZOMBIE) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[START_TIME]}`;
}

/** @throws Error with one line when the machine has no `ps`: who cannot ask must not assume that nothing runs */
function startFromPs(pid: number): string | undefined {
  try {
    const env = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };
    const said = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env });
    return said.trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined;
    throw new Error('cannot tell whether a preview runs here already: install ps', { cause: error });
  }
}

/** @returns when a process has started, in the system's own words; undefined when there is no such process */
export const processStart = (pid: number): string | undefined =>
  hasProc() ? startFromProc(pid) : startFromPs(pid);
