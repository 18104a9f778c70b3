/** Finding people and events in the console, and saying what it cannot find. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { type Answer, waitUntil } from '@patient-access/testing';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';
import { fileLines, PERIOD, storyOf, pageWords } from './trail.ts';

const REQUEST = '9b2f3c1e-0000-4000-8000-00000000abcd';

describe('a search in the console', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    const of = { recorded: '2026-11-21T15:00:00.000Z', member: 'ben', address: '2001:db8::7' };
    const asked = accessEvent({ requestId: REQUEST, ...of });
    const searched = accessEvent({
      recorded: '2026-11-22T15:00:00.000Z',
      member: 'ben',
      address: '[2001:DB8:0::9]:443',
      action: 'search-type',
      resource: undefined,
      type: 'Claim',
      request: 'GET Claim',
      counts: { Claim: 2 },
      resources: { Claim: 'c-1 c-2/3' },
    });
    await world.deliver(asLines(...storyOf(), asked, searched));
  });
  afterAll(() => world?.stop());

  const open = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);
  const words = async (path: string) => pageWords(await open(path));

  it.each(['Anna Alvarez', 'alvarez', 'M-1001', 'anna.alvarez', 'anna'])(
    'finds a member by %s',
    async (text) => {
      const shown = await words(`member?${PERIOD}&patient=${encodeURIComponent(text)}`);
      expect(shown).toContain('Anna Alvarez · Patient/anna · member number M-1001 · login anna.alvarez');
      expect(shown).toContain('Access to the data of Patient/anna, day by day');
    },
  );

  it('offers the members that a name may mean, and shows none of their events', async () => {
    const shown = await words(`member?${PERIOD}&patient=Baker`);
    expect(shown).toMatch(/Several members are found .* ben Ben Baker M-1002 .* cora Cora Baker M-1003/);
    expect(shown).not.toContain('Newest events');
  });

  it('says that nobody is found, which is another thing than a member to whom nothing happened', async () => {
    const nobody = await open(`member?${PERIOD}&patient=nobody`);
    expect([nobody.status, pageWords(nobody)]).toEqual([
      404,
      expect.stringContaining('no login, no member number and no event has it'),
    ]);
    expect(await words(`member?${PERIOD}&patient=dora`)).toContain('Nothing in this period.');
  });

  it.each([
    ['request', REQUEST, 1],
    ['reason', 'not-found', 1],
    ['outcome', 'refused', 4],
    ['action', 'consent', 2],
    ['action', 'consent/revoke', 1],
    ['request', REQUEST.toUpperCase(), 1],
    ['address', '192.0.2.99', 0],
    ['address', '2001:DB8:0:0::7', 1],
    ['address', '[2001:DB8:0::9]:443', 1],
    ['address', '203.0.113.9:65000', 0],
    ['resource', 'ExplanationOfBenefit/7', 14],
    ['resource', 'ExplanationOfBenefit/7/_history/2', 14],
    ['resource', 'ExplanationOfBenefit/7/_history/3', 0],
    ['resource', 'Claim/c-1', 1],
    ['resource', 'Claim/c-1/_history/1', 1],
    ['resource', 'Claim/c-2', 1],
    ['resource', 'Claim/c-2/_history/3', 1],
    ['resource', 'Claim/c-2/_history/1', 0],
    ['resource', 'Claim/c', 0],
    ['app', 'app-2', 3],
    ['app=app-2&reason', 'not-found', 1],
    ['patient=ben&outcome', 'given', 2],
    ['patient=ben&request', REQUEST, 1],
    ['patient=anna&request', REQUEST, 0],
    ['patient=anna&app', 'app-1', 15],
    ['patient=anna&app', 'app-2', 0],
    ['patient=anna&action', 'rest/read', 13],
    ['patient=anna&action', 'rest/vread', 0],
    ['patient=ben&app=app-2&reason', 'not-found', 1],
  ])('finds events by %s=%s', async (name, value, count) => {
    const { status, text } = await open(`search?${PERIOD}&${name}=${value}`);
    expect(status).toBe(200);
    expect(text.match(/<tr>\s*<td>[A-Z][a-z]{2} \d/g) ?? []).toHaveLength(count);
  });

  it('finds who got a Patient, and not every event about this person', async () => {
    const of = { recorded: '2026-08-10T15:00:00.000Z', member: 'cora' };
    const read = { resource: { reference: 'Patient/cora', version: '2' }, counts: { Patient: 1 } };
    await world.deliver(asLines(accessEvent({ ...of, ...read }), accessEvent(of)));
    const found = async (record: string) =>
      (await open(`search?from=2026-08-01&to=2026-08-31&resource=${record}`)).text.match(/<td>Aug 10, 2026/g);
    expect(await found('Patient/cora')).toHaveLength(1);
    expect(await found('Patient/cora/_history/2')).toHaveLength(1);
    expect(await found('Patient/cora/_history/1')).toBeNull();
  });

  it('goes on to older events, each of them once', async () => {
    const many = Array.from({ length: 250 }, () =>
      accessEvent({ recorded: '2026-10-10T15:00:00.000Z', client: { id: 'app-7' }, member: 'ben' }),
    );
    await world.deliver(asLines(...many));
    let path: string | undefined = 'search?from=2026-10-01&to=2026-10-31&app=app-7';
    const counts: number[] = [];
    while (path) {
      const { text }: Answer = await open(path);
      counts.push((text.match(/Oct 10, 2026/g) ?? []).length);
      const [, next] = /href="\/audit\/northwind\/(search\?[^"]*before=[^"]*)"/.exec(text) ?? [];
      path = next?.replaceAll('&amp;', '&');
    }
    expect(counts).toEqual([100, 100, 50]);
  });

  it('finds an event of an old period that was stored long afterwards', async () => {
    await world.deliver(
      asLines(accessEvent({ recorded: '2026-01-10T15:00:00.000Z', client: { id: 'app-late' } })),
    );
    expect(await words('search?from=2026-01-01&to=2026-01-31&app=app-late')).toContain('Jan 10, 2026');
  });

  it('says what was changed, and that nothing was', async () => {
    const changed = await words(`changes?${PERIOD}&patient=anna`);
    expect(changed).toMatch(/consent revoke/);
    expect(changed).not.toMatch(/rest read/);
    expect(await words(`changes?${PERIOD}&patient=ben`)).toContain(
      'No change is in the trail. From 2026-11-01 to 2026-11-30 it has no event about Patient/ben',
    );
  });

  it('counts no step of a login, no mail and no export among the changes', async () => {
    const nothing = { resource: undefined, counts: undefined, bodyHash: undefined, type: undefined };
    const of = (kind: AccessEvent['kind'], action: string, service = 'auth-service') =>
      accessEvent({ recorded: '2026-06-10T15:00:00.000Z', ...nothing, kind, action, service });
    await world.deliver(
      asLines(
        ...['login', 'first-factor', 'break-glass', 'mail-login-code'].map((act) => of('login', act)),
        ...['tenant-export', 'tenant-exported'].map((act) => of('administration', act)),
        ...['plan-export', 'plan-exported'].map((act) => of('ingest', act, 'claims-service')),
      ),
    );
    const june = 'changes?from=2026-06-01&to=2026-06-30';
    expect(await words(june)).toContain('No change is in the trail.');
    await world.deliver(asLines(of('login', 'password-change')));
    expect(await words(june)).toMatch(/Changes .* login password-change/);
  });

  it('counts a link to a card among the changes, and not its use', async () => {
    const link = { kind: 'account', service: 'auth-service', member: 'dora', type: undefined } as const;
    const of = (action: string) =>
      accessEvent({ ...link, recorded: '2026-07-10T15:00:00.000Z', action, resource: undefined });
    const july = 'from=2026-07-01&to=2026-07-31&patient=dora';
    await world.deliver(asLines(of('use-card-link'), of('read-apps')));
    expect(await words(`changes?${july}`)).toContain('No change is in the trail.');
    await world.deliver(asLines(of('make-card-link'), of('end-card-link')));
    const shown = await words(`changes?${july}`);
    expect(shown).toMatch(/account (make|end)-card-link .*account (make|end)-card-link/);
    expect(shown).not.toMatch(/No change is in the trail|use-card-link/);
  });

  it('counts all that was given after a revocation, also what stands below a hundred refusals', async () => {
    const recorded = '2026-09-10T15:00:00.000Z';
    const ended = { recorded, grantId: 'grant-9', member: 'ben' };
    const nothing = { resource: undefined, counts: undefined, bodyHash: undefined };
    const revocation = { kind: 'consent', action: 'revoke', service: 'auth-service', ...nothing } as const;
    await world.deliver(asLines(accessEvent({ ...ended, ...revocation })));
    await world.deliver(asLines(accessEvent({ ...ended, recorded: '2026-09-10T15:00:01.000Z' })));
    const refused = { ...ended, ...nothing, outcome: '4', reason: 'consent-revoked' } as const;
    const many = Array.from({ length: 101 }, () =>
      accessEvent({ ...refused, recorded: '2026-09-11T15:00:00.000Z' }),
    );
    await world.deliver(asLines(...many));
    const shown = await words('revoked?from=2026-09-01&to=2026-09-30');
    expect(shown).toContain('Data was given after revocation: once.');
    expect(shown).toContain('These are the newest 100; there are more.');
  });

  it('believes auth-service alone that a consent ended', async () => {
    const of = { grantId: 'grant-10', member: 'ben', recorded: '2026-06-10T15:00:00.000Z' };
    const ended = { kind: 'consent', action: 'revoke', counts: undefined, resource: undefined } as const;
    const june = 'revoked?from=2026-06-01&to=2026-06-30&patient=ben';
    const later = accessEvent({ ...of, recorded: '2026-06-11T15:00:00.000Z' });
    await world.deliver(asLines(accessEvent({ ...of, ...ended, service: 'claims-service' }), later));
    expect(await words(june)).not.toContain('Data was given after revocation');
    // What another service says of a consent is a dead letter. Files would say that one waits.
    await world.admin.query('DELETE FROM dead_letter');
    await world.deliver(asLines(accessEvent({ ...of, ...ended, service: 'auth-service' })));
    expect(await words(june)).toContain('Data was given after revocation: once.');
  });

  it.each(['overview', 'refusals', 'bursts', 'revoked'])(
    'says of a table of %s that it has not all rows',
    async (page) => {
      const nothing = { resource: undefined, counts: undefined, bodyHash: undefined };
      const ended = {
        service: 'auth-service',
        recorded: '2026-08-08T08:00:00.000Z',
        outcome: '4',
        reason: 'token-ended',
      } as const;
      if (page === 'overview')
        await world.deliver(
          asLines(
            ...Array.from({ length: 101 }, (_, at) =>
              accessEvent({ ...ended, ...nothing, client: { id: `one-of-many-${at}` } }),
            ),
          ),
        );
      const shown = await words(`${page}?from=2026-08-01&to=2026-08-31&least=1`);
      expect(shown).toContain('There are more than these: the table has');
      expect(await words(`${page}?${PERIOD}&least=1`)).not.toContain('There are more than these');
    },
  );

  it('is named in the notice for an auditor, with what was shown on a page, in a file and by API', async () => {
    const period = 'from=2026-11-10&to=2026-11-12';
    const fhir = await asAuditor(world, 'northwind');
    const answers = [
      await open(`search?${period}&app=app-2`),
      await open(`events.csv?${period}&patient=anna`),
      await open(`member?${period}&patient=nobody`),
      await fhir('AuditEvent?patient=cora&_count=1'),
      await open('events.csv?from=2025-02-01&to=2025-02-02&patient=anna'),
    ];
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    const records = await waitUntil(async () => {
      const text = "SELECT body FROM outbox WHERE body::json ->> 'requestId' = ANY ($1)";
      const { rows } = await world.admin.query<{ body: string }>(text, [ids]);
      // A file has two.
      return rows.length === 7 && rows.map(({ body }) => body);
    });
    // What the service recorded of itself comes as its relay would deliver it.
    await world.deliver(records);
    const read = records.map((record) => JSON.parse(record) as AccessEvent);
    const today = new Date().toISOString().slice(0, 10);
    const [, ...lines] = fileLines(
      await open(`notice.csv?from=${today}&to=${today}&zone=UTC&login=audrey.auditor`),
    );
    const what = lines.map((line) =>
      /^"(\w+)",.*,"([A-Z][^"]*)","audit-console","45 CFR/.exec(line)?.slice(1),
    );
    expect(what.slice(0, 3)).toEqual([
      ['anna', 'File of events 1'],
      ['ben', 'AuditEvent 3'],
      ['cora', 'AuditEvent 1'],
    ]);
    expect(lines.at(-1)).toContain('Complete: 3 members whose data was disclosed to login audrey.auditor');
    expect(lines.at(-1)).not.toContain('NOT ALL');
    const files = read.filter(({ trail }) => trail);
    expect(files.map(({ reason, trail }) => [reason, trail?.members, trail?.patients])).toEqual(
      expect.arrayContaining([
        ['stream-begun', 0, []],
        [undefined, 0, []],
        [undefined, 1, ['anna']],
      ]),
    );
    const whole = files.find(({ trail }) => trail?.members === 1);
    const again = await open(`events.csv?${period}&patient=anna&upto=${whole?.trail?.upto}`);
    expect(files.map(({ bodyHash }) => bodyHash)).toContain(
      createHash('sha256').update(again.bytes).digest('hex'),
    );
  });

  it('counts in a notice what userinfo told, names the app, and says under whom a merged record stands today', async () => {
    const of = { recorded: '2026-05-10T10:00:00.000Z', member: 'cora-1' };
    const told = {
      kind: 'account',
      action: 'read-userinfo',
      service: 'auth-service',
      counts: undefined,
    } as const;
    await world.deliver(asLines(accessEvent(of), accessEvent({ ...of, ...told, resource: undefined })));
    const [, line = ''] = fileLines(await open('notice.csv?from=2026-05-01&to=2026-05-31&app=app-1'));
    expect(line).toMatch(
      /^"cora-1","cora","Cora Baker","M-1003",.*,2,0,"ExplanationOfBenefit 1, userinfo 1",/,
    );
    expect(line).toContain('"Health Diary (app-1)"');
  });

  it('says within the time that it has which bound a question needs', async () => {
    const blocker = await world.admin.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE trail.audit_event IN ACCESS EXCLUSIVE MODE');
      const needed = {
        [`search?${PERIOD}&app=app-1&address=192.0.2.7`]:
          'Name a member (patient), a reason or a request, or choose a shorter period (from, to). A network address',
        [`refusals?${PERIOD}`]: 'too much of the trail. Choose a shorter period (from, to).',
      };
      for (const [path, text] of Object.entries(needed)) {
        const slow = await open(path);
        expect([path, slow.status, pageWords(slow)]).toEqual([path, 400, expect.stringContaining(text)]);
      }
    } finally {
      await blocker.query('ROLLBACK');
      blocker.release();
    }
  });
});
