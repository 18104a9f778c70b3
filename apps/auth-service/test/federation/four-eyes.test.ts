import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import type { Administration } from '../../src/domain/administration/administration.ts';
import {
  confirmRepair,
  type ProposedRepair,
  repairLink,
} from '../../src/domain/administration/identities/repairs.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { administrationOf, opened } from '../administration.ts';
import { takeEvents } from '../events.ts';
import { federation, type FederatedWorld, logInAtIdp, startFederatedWorld } from './world.ts';

describe('a repair of a link at a plan that wants four eyes', () => {
  let all: FederatedWorld;
  let pool: Pool;
  beforeAll(async () => {
    all = await startFederatedWorld();
    pool = await createPool(all.world.databaseUrl, { max: 2 });
    await logInAtIdp(all, 'u-frida');
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await all?.stop();
  });

  const by = (administrator: string): Administration => {
    const admin = administrationOf(pool);
    const ours = { ...federation(all.idp), clientSecret: 'sealed:', fourEyes: true };
    const settings = TenantSettings.parse({ federation: ours });
    return { ...admin, administrator, tenant: { ...admin.tenant, settings } };
  };
  const subjects = async () =>
    (await all.world.db.query<{ subject: string }>('SELECT subject FROM federated_identity')).rows.map(
      ({ subject }) => subject,
    );

  it('is done by nobody alone: another administrator confirms it, once', async () => {
    await takeEvents(all.world);
    const repair = { act: 'move-subject', subject: 'u-frida', to: 'u-anew' };
    const { proposal } = (await opened(repairLink(by('ada'), repair))) as ProposedRepair;
    expect(await subjects()).toEqual(['u-frida']);
    await expect(confirmRepair(by('ada'), proposal)).rejects.toThrow('another administrator');
    await expect(confirmRepair(by('bo'), 'guessed')).rejects.toThrow('no such proposal');
    expect(await subjects()).toEqual(['u-frida']);
    expect(await opened(confirmRepair(by('bo'), proposal))).toMatchObject({
      proposedBy: 'ada',
      to: 'u-anew',
    });
    expect(await subjects()).toEqual(['u-anew']);
    await expect(confirmRepair(by('cy'), proposal)).rejects.toThrow('confirmed before');
    expect((await takeEvents(all.world)).map(({ action, user }) => [action, user?.sub])).toEqual([
      ['identity-propose-move-subject', 'ada'],
      ['identity-move', 'bo'],
      ['identity-confirm-move-subject', 'bo'],
    ]);
  });

  it('is proposed for a day', async () => {
    const { proposal } = (await opened(
      repairLink(by('ada'), { act: 'unlink', subject: 'u-anew' }),
    )) as ProposedRepair;
    await all.world.db.query(`UPDATE oidc_record SET expires_at = now() WHERE model = 'Repair'`);
    await expect(confirmRepair(by('bo'), proposal)).rejects.toThrow('24 hours');
    expect(await subjects()).toEqual(['u-anew']);
  });

  it('is confirmed again where the database had no time for it', async () => {
    const repair = { act: 'move-subject', subject: 'u-anew', to: 'u-later' };
    const { proposal } = (await opened(repairLink(by('ada'), repair))) as ProposedRepair;
    const held = await all.world.db.connect();
    try {
      await held.query('BEGIN; SELECT FROM federated_identity FOR UPDATE');
      await expect(confirmRepair(by('bo'), proposal)).rejects.toThrow('statement timeout');
    } finally {
      await held.query('ROLLBACK');
      held.release();
    }
    expect(await subjects()).toEqual(['u-anew']);
    await opened(confirmRepair(by('bo'), proposal));
    expect(await subjects()).toEqual(['u-later']);
    await expect(confirmRepair(by('bo'), proposal)).rejects.toThrow('confirmed before');
  });

  it('is done at once at every other plan', async () => {
    await repairLink(administrationOf(pool), { act: 'unlink', subject: 'u-later' });
    expect(await subjects()).toEqual([]);
  });
});
