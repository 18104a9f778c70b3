/** What operators work with on a trail: the owner's connection, a folder of files, and the command in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startSigning } from './checkpoints.ts';
import { startWorld } from './world.ts';

const COMMAND = join(import.meta.dirname, '../dist/admin.js');

/** A world with its signer, and what operators have on their machine. */
export async function startOperatorsWorld() {
  const world = await startWorld();
  const signing = await startSigning(world);
  const owner = new pg.Client({ connectionString: world.urls.owner });
  await owner.connect();
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-operators-'));
  return {
    ...{ world, signing, owner, folder },
    /** public keys of the checkpoints, PEM */
    signersKeys: () =>
      [...signing.signer.keys.values()].map((key) => key.export({ type: 'spki', format: 'pem' })).join(''),
    /** Runs the command. @param given.input what it reads, as the private key of the operators is given */
    audit(words: readonly string[], { input, ...env }: { input?: string; CHECKPOINT_LOG?: string } = {}) {
      const databases = { AUDITOR_DATABASE_URL: world.urls.auditor, OWNER_DATABASE_URL: world.urls.owner };
      return spawnSync(process.execPath, [COMMAND, ...words], {
        env: { ...databases, ...env },
        ...(input !== undefined && { input }),
        encoding: 'utf8',
      });
    },
    async stop() {
      rmSync(folder, { recursive: true });
      await owner.end();
      await signing.stop();
      await world.stop();
    },
  };
}

export type OperatorsWorld = Awaited<ReturnType<typeof startOperatorsWorld>>;
