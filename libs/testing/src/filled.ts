/**
 * Servers that begin as copies of one that was filled before. Migrations and logins cost more than a second of processor,
 * and a run of all tests needs the same ones some hundred times.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binaries, unprivileged } from './binaries.ts';
import { postgresOfEnvironment } from './config.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { initialiseTemporary } from './template.ts';

/** Several processes may fill a template at once: the first one stays. */
async function make(place: string, fill: (adminUrl: string) => Promise<unknown>): Promise<void> {
  const own = `${place}.${randomUUID()}`;
  const identity = unprivileged();
  const { initdb } = await binaries(identity, own, postgresOfEnvironment);
  // Not by the start below: initdb would run once for each project.
  await initialiseTemporary(initdb, own, identity);
  const server = await startPostgres({ dir: own });
  try {
    await fill(server.adminUrl).finally(() => server.stop());
    renameSync(own, place);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
}

/**
 * Starts a temporary Postgres that has what `fill` wrote. In one run of Jest, `fill` runs once for each name.
 *
 * @param fill must write the same whoever calls it first; gets the superuser's connection
 * @throws Error with one readable line, or what `fill` throws
 */
export async function startFilledPostgres(
  name: string,
  fill: (adminUrl: string) => Promise<unknown>,
): Promise<Postgres> {
  // Jest makes this folder anew for each run (jest.setup.js), so no run takes what an earlier one has filled.
  const templates = process.env['TEST_TEMPLATES'];
  if (templates === undefined) throw new Error('TEST_TEMPLATES is not set: is this a test that Jest runs?');
  const place = join(templates, name);
  if (!existsSync(place)) await make(place, fill);
  return startPostgres({ copyOf: place });
}
