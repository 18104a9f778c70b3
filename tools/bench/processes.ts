/** CPU time of the processes of an installation, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of CPU, user and system, by what the process is. */
export type CpuSeconds = Record<string, number>;

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

/** `claims-service`, `postgres claims_service`, `postgres checkpointer` …; undefined: none of ours */
export function nameOf(command: string): string | undefined {
  const service = /apps\/([a-z-]+)\/dist\/main\.js/.exec(command)?.[1];
  if (service) return service;
  const backend = /^postgres: (\w+)/.exec(command)?.[1];
  return backend && `postgres ${backend}`;
}

/** What every process below `parents` has used so far; those of one kind together. */
export function cpuSeconds(parents: readonly number[]): CpuSeconds {
  const used: CpuSeconds = {};
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(pid, 'stat');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (!parents.includes(parent) && !parents.includes(Number(pid))) continue;
    const name = nameOf(read(pid, 'cmdline').replaceAll('\0', ' '));
    if (name) used[name] = (used[name] ?? 0) + ticks(stat) / TICKS_PER_SECOND;
  }
  return used;
}

/** @returns microseconds of CPU per request between two readings; what used none is left out */
export function cpuPerRequest(before: CpuSeconds, after: CpuSeconds, requests: number): CpuSeconds {
  const each = Object.entries(after).map(([name, seconds]): [string, number] => [
    name,
    Math.round(((seconds - (before[name] ?? 0)) * 1e6) / Math.max(requests, 1)),
  ]);
  return Object.fromEntries(each.filter(([, microseconds]) => microseconds > 0));
}
