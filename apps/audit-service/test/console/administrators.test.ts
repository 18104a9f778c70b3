/** Whom the administration told of, in a notice for an administrator. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';
import { fileLines, storyOf, pageWords } from './trail.ts';

describe('a notice of the console', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
  });
  afterAll(() => world?.stop());

  const open = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);
  const words = async (path: string) => pageWords(await open(path));

  it('names in the notice for an administrator whom the administration told of, by the name in the events', async () => {
    const asked: Partial<AccessEvent> = {
      ...{ service: 'auth-service', user: { iss: 'urn:plan:staff', sub: 'ada' }, member: undefined },
      ...{ recorded: '2026-05-12T10:00:00.000Z', client: undefined, grantId: undefined, type: undefined },
      ...{ kind: 'account', resource: undefined, counts: undefined },
    };
    const told = (action: string, patients: string) =>
      accessEvent({
        ...{ ...asked, action, counts: { Person: patients.split(' ').length } },
        resources: { Person: patients },
      });
    const empty = accessEvent({ ...asked, action: 'list-person-changes', counts: { Person: 0 } });
    const events = [told('read-relations', 'anna ben'), told('read-identities', 'ben'), empty];
    const ofNobody = accessEvent({ ...asked, action: 'list-clients' });
    const ofAnother = { ...told('read-relations', 'cora'), user: { iss: 'urn:plan:staff', sub: 'bob' } };
    await world.deliver(asLines(...events, ofNobody, ofAnother));
    const file = await open('notice.csv?from=2026-05-12&to=2026-05-12&administrator=ada');
    const [, anna = '', ben = '', ...last] = fileLines(file);
    expect(anna).toMatch(/^"anna","anna","Anna Alvarez",.*,1,0,"Person 1","administration","45 CFR 164\.404/);
    expect(ben).toMatch(/^"ben",.*,2,0,"Person 2","administration",/);
    expect(last.at(-1)).toContain('Complete: 2 members whose data was disclosed to administrator ada');
    expect(last.at(-1)).not.toContain('NOT ALL');
    // As the release before records it, and what is about everybody.
    const [requestId, exported] = [randomUUID(), randomUUID()];
    const whole = { kind: 'administration', action: 'tenant-export', requestId: exported } as const;
    const before = accessEvent({ ...asked, requestId, action: 'read-relations' });
    await world.deliver(asLines(before, accessEvent({ ...asked, ...whole })));
    expect(
      fileLines(await open('notice.csv?from=2026-05-12&to=2026-05-12&administrator=ada')).at(-1),
    ).toMatch(
      new RegExp(
        `Complete: 2 members .* NOT ALL: 2 answers to administrators .*: ${requestId}, ${exported}\\.`,
      ),
    );
  });

  it('names whom the list of merges told of, and says what names nobody: exports, holds, dead letters', async () => {
    const [day, name] = ['2026-05-13', 'dan'];
    const by = (change: Partial<AccessEvent>) =>
      accessEvent({
        ...{ user: { iss: 'urn:plan:staff', sub: name }, member: undefined, client: undefined },
        ...{ recorded: `${day}T10:00:00.000Z`, grantId: undefined, type: undefined, request: undefined },
        ...{ resource: undefined, counts: undefined, bodyHash: undefined, ...change },
      });
    const merges = { kind: 'ingest', action: 'list-merges', service: 'coverage-service' } as const;
    await world.deliver(
      asLines(
        by({ ...merges, counts: { Patient: 2 }, resources: { Patient: 'ben emma-1' } }),
        by({ ...merges, counts: { Patient: 0 } }),
      ),
    );
    const file = async () => fileLines(await open(`notice.csv?from=${day}&to=${day}&administrator=${name}`));
    const [, ben = '', emma = '', ...last] = await file();
    expect(ben).toMatch(/^"ben",.*,1,0,"Patient 1","administration","45 CFR 164\.404/);
    expect(emma).toMatch(/^"emma-1",.*,1,0,"Patient 1","administration",/);
    expect(last.at(-1)).toContain(`Complete: 2 members whose data was disclosed to administrator ${name}`);
    expect(last.at(-1)).not.toContain('NOT ALL');
    const whole = [
      by({ kind: 'ingest', action: 'plan-export', service: 'claims-service' }),
      by({ kind: 'ingest', action: 'plan-export', service: 'clinical-service' }),
      by({ kind: 'trail', action: 'hold-list', service: 'audit-service', count: 2 }),
      by({ kind: 'trail', action: 'dead-letter-read', service: 'audit-service' }),
    ];
    await world.deliver(asLines(...whole));
    const said = (await file()).at(-1) ?? '';
    expect(said).toMatch(/Complete: 2 members .* NOT ALL: 4 answers to administrators do not say/);
    for (const { requestId } of whole) expect(said).toContain(requestId);
  });

  it('finds an administrator whom the plan’s identity provider names by the name that entries show, and by subject', async () => {
    const [day, name, sub] = ['2026-05-15', 'audrey.auditor', '7f3c-at-the-provider'];
    const by = (change: Partial<AccessEvent>) =>
      accessEvent({
        ...{ service: 'auth-service', recorded: `${day}T10:00:00.000Z`, client: undefined, type: undefined },
        ...{ user: { iss: 'https://login.plan.example', sub, name }, grantId: undefined, member: undefined },
        ...{ resource: undefined, counts: undefined, request: undefined, ...change },
      });
    const told = by({
      ...{ kind: 'account', action: 'read-relations' },
      ...{ counts: { Person: 1 }, resources: { Person: 'ben' } },
    });
    const withdrawn = by({ kind: 'administration', action: 'relation-withdraw', member: 'cora' });
    const ours = 'https://plan.example/auth/northwind/oauth2/v1';
    const ofAuditor = by({
      ...{ kind: 'login', action: 'password-change', user: { iss: ours, sub: 'auditor-1', name } },
    });
    await world.deliver(asLines(told, withdrawn, ofAuditor));
    const period = `from=${day}&to=${day}`;
    for (const who of [name, sub]) {
      const shown = await words(`search?${period}&administrator=${who}`);
      expect(shown).toMatch(/relation-withdraw/);
      expect(shown).toMatch(/read-relations/);
      expect(shown).not.toContain('password-change');
      const file = fileLines(await open(`notice.csv?${period}&administrator=${who}`));
      expect([file.length, file.join()]).toEqual([4, expect.stringContaining(`administrator ${who} from`)]);
    }
    expect(await words(`search?${period}&administrator=${name}`)).toContain(name);
    const elsewhere = 'from=2026-05-16&to=2026-05-16';
    expect((await open(`search?${elsewhere}&administrator=${name}`)).status).toBe(404);
  });

  it('tells an administrator from the login of the same name', async () => {
    const [day, name] = ['2026-05-14', 'anna.alvarez'];
    const told = accessEvent({
      ...{ service: 'auth-service', user: { iss: 'urn:plan:staff', sub: name }, member: undefined },
      ...{ recorded: `${day}T10:00:00.000Z`, client: undefined, grantId: undefined, type: undefined },
      ...{ kind: 'account', action: 'read-relations', resource: undefined },
      ...{ counts: { Person: 1 }, resources: { Person: 'ben' } },
    });
    await world.deliver(asLines(told, accessEvent({ recorded: `${day}T11:00:00.000Z`, member: 'anna' })));
    const file = async (who: string) => fileLines(await open(`notice.csv?from=${day}&to=${day}&${who}`));
    const [, ben = '', ...last] = await file(`administrator=${name}`);
    expect(ben).toMatch(/^"ben",.*"administration",/);
    expect(last.at(-1)).toContain(`Complete: 1 members whose data was disclosed to administrator ${name}`);
    const ofLogin = (await file(`login=${name}`)).join(' ');
    expect(ofLogin).toMatch(/ "anna",.*Complete: 1 members .* login anna\.alvarez/);
    expect(await words(`search?from=${day}&to=${day}&administrator=${name}`)).toContain('read-relations');
    const statuses = ['administrator=nobody', `administrator=${name}&login=${name}`].map(
      async (who) => (await open(`notice.csv?from=${day}&to=${day}&${who}`)).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 400]);
  });
});
