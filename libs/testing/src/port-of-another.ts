import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { endProcess } from './end-process.ts';

const PORTS = new URL(`./ports${extname(import.meta.filename)}`, import.meta.url).href;
const SCRIPT = `const { freePort } = await import(${JSON.stringify(PORTS)});
  process.stdout.write(String(await freePort()));
  setInterval(() => undefined, 60_000);`;

/** Starts a process that is given a port, and does not listen there. Its end frees the port. */
export async function portOfAnother(): Promise<{ port: number; end(): Promise<void> }> {
  const other = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = () => endProcess(other);
  try {
    const [said] = (await once(other.stdout, 'data')) as [Buffer];
    return { port: Number(said.toString()), end };
  } catch (error) {
    await end();
    throw error;
  }
}
