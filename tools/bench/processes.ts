/** Reads the processor time of an installation's processes from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds of processor time (user and system), by kind of process. */
export type CpuMicroseconds = Record<string, number>;

/** Linux reports process times in USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields 14 and 15 of /proc/pid/stat, counted from the closing parenthesis of the command. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // the process has ended meanwhile
  }
}

function ticks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[USER_TIME] ?? 0) + Number(fields[SYSTEM_TIME] ?? 0);
}

/** `claims-service`, `limit`, `postgres claims_service`, `postgres checkpointer` …; undefined: none of ours */
export function processName(command: string): string | undefined {
  const service = /apps\/([a-z-]+)\/dist\/main\.js/.exec(command)?.[1];
  if (service) return service;
  if (command.includes('bench/limits/server.ts')) return 'limit';
  if (command.includes('import/main.ts')) return 'import';
  const backend = /^postgres: (\w+)/.exec(command)?.[1];
  return backend && `postgres ${backend}`;
}

/** @returns the value of a setting with which a service below `parents` was started */
export function settingOf(parents: readonly number[], service: string, name: string): string {
  const pid = [...usage(parents)].find(([, process]) => process.name === service)?.[0] ?? '';
  const setting = read(pid, 'environ')
    .split('\0')
    .find((entry) => entry.startsWith(`${name}=`));
  if (setting === undefined) throw new Error(`${service} has no ${name}`);
  return setting.slice(name.length + 1);
}

interface Process {
  name: string;
  seconds: number;
}

/** Names a process by its command line; undefined: its time does not count. */
type NameOf = (command: string) => string | undefined;

/** The processor time that each process has used so far, by pid. */
export type Usage = Map<string, Process>;

/** @returns the processor time that `parents` and all processes below them have used so far */
export function usage(parents: readonly number[], nameOf: NameOf = processName): Usage {
  const used: Usage = new Map();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(pid, 'stat');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (!parents.includes(parent) && !parents.includes(Number(pid))) continue;
    const name = nameOf(read(pid, 'cmdline').replaceAll('\0', ' '));
    if (name) used.set(pid, { name, seconds: ticks(stat) / TICKS_PER_SECOND });
  }
  return used;
}

/**
 * @returns microseconds of processor time for each request between two readings, summed by kind of process. A process
 * that ended in between is left out, because its time is unknown. A kind that used no time is left out too.
 */
export function cpuPerRequest(before: Usage, after: Usage, requests: number): CpuMicroseconds {
  const seconds = new Map<string, number>();
  for (const [pid, { name, seconds: now }] of after) {
    seconds.set(name, (seconds.get(name) ?? 0) + now - (before.get(pid)?.seconds ?? 0));
  }
  const each = [...seconds].map(([name, spent]): [string, number] => [
    name,
    Math.round((spent * 1e6) / Math.max(requests, 1)),
  ]);
  return Object.fromEntries(each.filter(([, microseconds]) => microseconds > 0));
}
