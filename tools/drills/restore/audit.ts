/** The trail's database is lost: its backup lacks what checkpoints speak of (docs/audit.md, "After a restore"). */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@patient-access/testing';
import type { Drill } from '../drill.ts';
import { AUDIT_ADMIN, type DrilledSystem } from '../drilled-system.ts';

/** Heads of chains are signed every minute, and the verifier goes round all the time. */
const SIGNED_MS = 150_000;
const EXIT = { broken: 1, restored: 3 };

/** Waits until what the trail has now is signed for outside the database. */
export async function whenSigned({ directory }: DrilledSystem): Promise<void> {
  const log = join(directory, 'checkpoints');
  const size = () => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const before = size();
  await waitUntil(() => size() > before, { withinMs: SIGNED_MS, failure: () => 'no checkpoint was signed' });
}

/** The service runs on while its database is replaced, and nobody tells it. */
async function loseUnderTheService(drill: Drill, system: DrilledSystem): Promise<void> {
  await system.loseAndRestore('audit');
  drill.say('audit: lost and restored under the running service');
  const broken = async () => (await system.metric('audit-service', 'audit_chain_broken')) === 1;
  await waitUntil(broken, { withinMs: SIGNED_MS, failure: () => 'audit_chain_broken is not 1' });
  drill.expect(true, 'audit-service notices by itself that records are gone: AuditChainBroken pages');
}

/** The steps of docs/audit.md. */
async function restore(drill: Drill, system: DrilledSystem): Promise<void> {
  const { directory, description, operatorsKeys } = system;
  const { privateFile, publicFile } = operatorsKeys;
  await system.end('audit-service');
  await system.loseAndRestore('audit');
  const checkpoints = ['--checkpoints', join(directory, 'checkpoints')];
  const cut = await system.command(AUDIT_ADMIN, 'audit.env', ['verify', ...checkpoints]);
  drill.expect(cut.code === EXIT.broken, 'without a statement of the operators it is a cut trail', cut.text);
  for (const { id } of description.tenants) {
    const args = [
      'restore',
      '--tenant',
      id,
      '--reason',
      'a drill',
      '--restore-key',
      privateFile,
      ...checkpoints,
    ];
    const { code, text } = await system.command(AUDIT_ADMIN, 'audit.env', args);
    drill.expect(code === 0, `the operators sign that ${id} was restored`, text);
  }
  await system.startAgain('audit-service');
  const verified = await system.command(AUDIT_ADMIN, 'audit.env', [
    'verify',
    ...checkpoints,
    '--restore-keys',
    publicFile,
  ]);
  drill.expect(
    verified.code === EXIT.restored,
    'with it the trail goes on, and the verifier says what is lost',
    verified.text,
  );
  for (const line of verified.text.split('\n').filter((each) => each.startsWith('RESTORED'))) drill.say(line);
  const quiet = async () => ((await system.metric('audit-service', 'audit_chain_broken')) ?? 0) === 0;
  await waitUntil(quiet, { withinMs: SIGNED_MS, failure: () => 'audit_chain_broken stays 1' });
  drill.expect(true, 'audit-service has the public key of the operators: AuditChainBroken ends');
}

export async function loseAudit(drill: Drill, system: DrilledSystem): Promise<void> {
  await loseUnderTheService(drill, system);
  await restore(drill, system);
}
