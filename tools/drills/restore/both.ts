/** auth's database and the trail are put back to the same moment, so neither knows what ended since (ADR 116). */
import { endAllIssued, noticedAsOlder } from '../auth-database.ts';
import type { Drill } from '../drill.ts';
import type { DrilledSystem } from '../drilled-system.ts';
import type { MemberApp } from '../member-app.ts';

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
  await noticedAsOlder(system);
  drill.expect(true, 'auth-service notices by itself that the trail cannot know what ended: it pages');
  drill.expect(!(await revoked.refresh()), 'a revoked refresh token is good for nothing');
  const { code, text } = await endAllIssued(system);
  drill.expect(code === 0, 'the operators end what was issued before', text);
  const again = await connect();
  drill.expect((await again.read()) === 200, 'a member connects an app anew, and is served');
  drill.expect(!(await revoked.refresh()), 'what was revoked stays revoked');
}
