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

/** What the operators do for each plan: `restore`, or `restore --finish`. */
async function signForEach(
  drill: Drill,
  { description, operatorsKeys, command }: Operated,
  words: readonly string[],
  what: string,
): Promise<void> {
  for (const { id } of description.tenants) {
    const args = ['restore', ...words, '--tenant', id, '--restore-key', operatorsKeys.privateFile];
    const { code, text } = await command(args);
    drill.expect(code === 0, `the operators sign of ${id} ${what}`, text);
  }
}

type Operated = Pick<DrilledSystem, 'description' | 'operatorsKeys'> & {
  /** the command of the trail, with what is kept outside the database */
  command(words: readonly string[]): Promise<{ code: number | null; text: string }>;
};

const NOT_STATED = 'is not stated yet';

async function finish(drill: Drill, operated: Operated, verify: () => ReturnType<Operated['command']>) {
  await signForEach(drill, operated, ['--finish'], 'what came again, and what is lost');
  const { code, text } = await verify();
  const isStated = code === EXIT.restored && !text.includes(NOT_STATED);
  drill.expect(isStated, 'the verifier names producers and numbers of what is lost', text);
  for (const line of text.split('\n').filter((each) => /^(?:RESTORED|LOST)/.test(each))) drill.say(line);
}

/** The steps of docs/audit.md. */
async function restore(drill: Drill, system: DrilledSystem): Promise<void> {
  const { directory, description, operatorsKeys } = system;
  await system.end('audit-service');
  await system.loseAndRestore('audit');
  const checkpoints = ['--checkpoints', join(directory, 'checkpoints')];
  const command = (words: readonly string[]) =>
    system.command(AUDIT_ADMIN, 'audit.env', [...words, ...checkpoints]);
  const operated = { description, operatorsKeys, command };
  const cut = await command(['verify']);
  drill.expect(cut.code === EXIT.broken, 'without a statement of the operators it is a cut trail', cut.text);
  await signForEach(drill, operated, ['--reason', 'a drill'], 'that it was restored');
  await system.startAgain('audit-service');
  const verify = () => command(['verify', '--restore-keys', operatorsKeys.publicFile]);
  const verified = await verify();
  drill.expect(
    verified.code === EXIT.restored && verified.text.includes(NOT_STATED),
    'with it the trail goes on, and the verifier says what is lost, and what is not stated yet',
    verified.text,
  );
  await finish(drill, operated, verify);
  const quiet = async () => ((await system.metric('audit-service', 'audit_chain_broken')) ?? 0) === 0;
  await waitUntil(quiet, { withinMs: SIGNED_MS, failure: () => 'audit_chain_broken stays 1' });
  drill.expect(true, 'audit-service has the public key of the operators: AuditChainBroken ends');
}

export async function loseAudit(drill: Drill, system: DrilledSystem): Promise<void> {
  await loseUnderTheService(drill, system);
  await restore(drill, system);
}
