/** Load as fast as possible: each connection sends its next request when the last one was answered. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadResult, LoadOptions } from './call.ts';

export type ClosedLoop = (options: LoadOptions & { connections: number }) => Promise<LoadResult>;

/** Runs one of the generators in Node. @param settings its standard input */
export async function generate(program: 'autocannon' | 'open-loop', settings: object): Promise<LoadResult> {
  const file = join(import.meta.dirname, `${program}.ts`);
  return JSON.parse(lastLine(await run(process.execPath, [file], JSON.stringify(settings)))) as LoadResult;
}

/** Runs a program. Load is generated in a separate process, so that it does not disturb this one. */
function run(command: string, args: string[], input: string): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.once('error', failed);
    child.once('close', (code) =>
      code === 0 ? done(said) : failed(new Error(`${command} ended with ${code}: ${said}`)),
    );
    child.stdin.end(input);
  });
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
const luaString = (text: string) => JSON.stringify(text);

function luaScript({ calls, expect }: LoadOptions): string {
  const requests = calls.map(({ path, headers }) => {
    const pairs = Object.entries(headers).map(([name, value]) => `[${luaString(name)}]=${luaString(value)}`);
    return `wrk.format("GET", ${luaString(path)}, {${pairs.join(',')}})`;
  });
  return `
local requests, next = {}, 0
local threads = {}
wrong = 0
function setup(thread) table.insert(threads, thread) end
function init() requests = {${requests.join(',\n')}} end
function request() next = next % #requests + 1 return requests[next] end
function response(status) if status ~= ${expect} then wrong = wrong + 1 end end
function done(summary, latency)
  local others = 0
  for _, thread in ipairs(threads) do others = others + thread:get("wrong") end
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"errors":%d,"bytes":%d,"p50Ms":%f,"p99Ms":%f}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout + others,
    summary.bytes / math.max(summary.requests, 1), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end`;
}

/** wrk counts an answer that takes longer than 2 s as an error by default. A slow server is slow, and not wrong. */
const PATIENCE = ['--timeout', '30s'];

/** wrk needs a tenth of the processor time of a generator in Node. */
const wrk: ClosedLoop = async (options) => {
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-wrk-'));
  const script = join(directory, 'load.lua');
  writeFileSync(script, luaScript(options));
  try {
    const args = [
      '-t1',
      `-c${options.connections}`,
      `-d${options.seconds}s`,
      ...PATIENCE,
      '-s',
      script,
      options.url,
    ];
    return JSON.parse(lastLine(await run('wrk', args, ''))) as LoadResult;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** @returns wrk if it is installed, otherwise autocannon, which needs more processor time */
export function closedLoop(): { name: string; load: ClosedLoop } {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' });
  } catch (error) {
    // wrk ends with exit code 1 when it prints its version.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { name: 'autocannon', load: (options) => generate('autocannon', options) };
  }
  return { name: 'wrk', load: wrk };
}
