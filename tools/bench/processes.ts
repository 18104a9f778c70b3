/** CPU time of the processes of an installation, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds of CPU, user and system, by what the process is. */
export type CpuMicroseconds = Record<string, number>;

/** Linux reports process times in USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields 14 and 15 of /proc/pid/stat, counted from behind the command's closing parenthesis. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // ended meanwhile
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

/** A setting that a service below `parents` was started with. */
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

/** What each process has used so far, by its id. */
export type Usage = Map<string, Process>;

/** What every process below `parents`, and they themselves, have used so far. */
export function usage(parents: readonly number[]): Usage {
  const used: Usage = new Map();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(pid, 'stat');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (!parents.includes(parent) && !parents.includes(Number(pid))) continue;
    const name = processName(read(pid, 'cmdline').replaceAll('\0', ' '));
    if (name) used.set(pid, { name, seconds: ticks(stat) / TICKS_PER_SECOND });
  }
  return used;
}

/**
 * Microseconds of CPU per request between two readings, those of one kind together. What a process that ended in
 * between has used is not known and left out, as is every kind that used none.
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
