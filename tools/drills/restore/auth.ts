/** auth's database is lost, and its backup knows nothing of what ended since (docs/administration.md, ADR 60). */
import { waitUntil } from '@patient-access/testing';
import { noticedAsOlder } from '../auth-database.ts';
import type { Drill } from '../drill.ts';
import type { DrilledSystem } from '../drilled-system.ts';
import type { MemberApp } from '../member-app.ts';

const GOES_ON_MS = 60_000;

/**
 * The service runs on while its database is replaced, and nobody tells it. audit-service hangs meanwhile, so that what
 * ended cannot be asked for.
 */
export async function loseAuth(
  drill: Drill,
  system: DrilledSystem,
  revoked: MemberApp,
  kept: MemberApp,
): Promise<void> {
  system.signal('audit-service', 'SIGSTOP');
  await system.loseAndRestore('auth');
  drill.say('auth: lost and restored under the running service, while the trail cannot be asked');
  await noticedAsOlder(system);
  drill.expect(true, 'auth-service notices by itself that its database is older: AuthDatabaseIsOlder pages');
  drill.expect(
    !(await revoked.refresh()),
    'while nobody knows what ended, a revoked refresh token is good for nothing',
  );
  drill.expect(!(await kept.refresh()), 'and neither is any other');
  system.signal('audit-service', 'SIGCONT');
  await waitUntil(() => kept.refresh(), {
    withinMs: GOES_ON_MS,
    failure: () => 'the kept grant does not go on',
  });
  drill.expect(
    (await kept.read()) === 200,
    'once the trail can be asked, a grant that nothing happened to goes on',
  );
  drill.expect((await revoked.read()) === 401, 'the access token of the revoked grant does not work');
  drill.expect(!(await revoked.refresh()), 'and neither does its refresh token');
}
