/** auth's database and the trail are put back to the same moment, so neither knows what ended since (ADR 116). */
import { waitUntil } from '@patient-access/testing';
import type { Drill } from '../drill.ts';
import type { DrilledSystem } from '../drilled-system.ts';
import type { MemberApp } from '../member-app.ts';

const ADMIN = 'apps/auth-service/dist/admin.js';
const NOTICED_MS = 60_000;

/** @param connect connects an app of a member anew */
export async function loseBoth(
  drill: Drill,
  system: DrilledSystem,
  revoked: MemberApp,
  connect: () => Promise<MemberApp>,
): Promise<void> {
  await system.loseAndRestore('audit');
  await system.loseAndRestore('auth');
  drill.say('auth and the trail: both lost, and both restored to the same moment under the running services');
  const older = async () => (await system.metric('auth-service', 'auth_database_older')) === 1;
  await waitUntil(older, { withinMs: NOTICED_MS, failure: () => 'auth_database_older is not 1' });
  drill.expect(true, 'auth-service notices by itself that the trail cannot know what ended: it pages');
  drill.expect(!(await revoked.refresh()), 'a revoked refresh token is good for nothing');
  const { code, text } = await system.command(ADMIN, 'apps/auth-service.env', [
    'restore',
    'apply',
    '--end-all',
  ]);
  drill.expect(code === 0, 'the operators end what was issued before', text);
  const again = await connect();
  drill.expect((await again.read()) === 200, 'a member connects an app anew, and is served');
  drill.expect(!(await revoked.refresh()), 'what was revoked stays revoked');
}
