/** What operators work with on a trail: the owner's connection, a folder of files, and the command. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILE_CACHE } from '@patient-access/testing';
import pg from 'pg';
import { runAudit } from '../src/command/command.ts';
import { startSigning } from './checkpoints.ts';
import { runHere } from './run-here.ts';
import { startWorld } from './world.ts';

const COMMAND = join(import.meta.dirname, '../dist/admin.js');

/** A world with its signer, and what operators have on their machine. */
export async function startOperatorsWorld() {
  const world = await startWorld();
  const signing = await startSigning(world);
  const owner = new pg.Client({ connectionString: world.urls.owner });
  await owner.connect();
  const databases = { AUDITOR_DATABASE_URL: world.urls.auditor, OWNER_DATABASE_URL: world.urls.owner };
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-operators-'));
  const tamper = (what: string) =>
    world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${what}; COMMIT`);
  return {
    ...{ world, signing, owner, folder, tamper },
    /** The database as a backup had it, when there were `records` records. */
    putBack: (records: number) =>
      tamper(`UPDATE producer SET through = 0;
              DELETE FROM trail.audit_event WHERE seq > ${records}; DELETE FROM trail.batch WHERE to_seq > ${records};
              DELETE FROM trail.checkpoint WHERE records > ${records};
              UPDATE trail.chain_head h SET seq = ${records}, hash = a.hash, stored = a.stored
                FROM trail.audit_event a WHERE a.lane = h.lane AND a.seq = ${records}`),
    /** public keys of the checkpoints, PEM */
    signersKeys: () =>
      [...signing.signer.keys.values()].map((key) => key.export({ type: 'spki', format: 'pem' })).join(''),
    /** Runs the command in this process, for a test of what it says and does. */
    auditHere: (words: readonly string[]) => runHere(() => runAudit(words), databases),
    /** Runs the command in a process of its own. @param given.input what it reads, as the private key of the operators is given */
    audit(words: readonly string[], { input, ...env }: { input?: string; CHECKPOINT_LOG?: string } = {}) {
      return spawnSync(process.execPath, [COMMAND, ...words], {
        env: { ...COMPILE_CACHE, ...databases, ...env },
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
