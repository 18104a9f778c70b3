/** What files of the console say of themselves: what they were made of, where they end, and what may be missing. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { waitUntil } from '@patient-access/testing';
import { compactSequences } from '../../src/delivery/producer-sequences.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, batchesOf, startWorld, type World } from '../world.ts';
import { fileLines, pageWords, PERIOD, storyOf } from './trail.ts';

const NOTHING = { type: undefined, resource: undefined, counts: undefined, bodyHash: undefined };

/** Each time a whole file is made, and a replica keeps for five seconds what it says at its end. */
const SELDOM = { everyMs: 500 };

describe('a file of the console', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
  });
  afterAll(() => world?.stop());

  const take = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);

  it('of somebody to whom nothing happened says so of what was read, and where that ended', async () => {
    const said = async (query: string) =>
      fileLines(await take(`disclosures.csv?patient=dora&${query}`))
        .at(-1)
        ?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)');
    const of =
      '"End of file. Complete: 0 disclosures by Northwind Health of Dora Nothing-Happened, Patient/dora, member number M-1004 ';
    const [past, future] = ['from=2026-10-01&to=2026-10-31', 'from=2099-10-01&to=2099-10-31'];
    expect([await said(past), await said(future)]).toEqual([
      `${of}from 2026-10-01 to 2026-10-31 (America/New_York). No disclosure was in the trail by (time). Read up to (time), as far as services had delivered by then."`,
      `${of}from 2099-10-01 to 2099-10-31 (America/New_York). Nothing that was read is a disclosure. ` +
        'NOT ALL: read up to (time) alone. What was stored later may be missing."',
    ]);
    // An address that somebody changed must not make a document by which nothing happened.
    const upto = Array(16).fill('0').join('.');
    const files = [
      'disclosures.csv?patient=cora',
      'events.csv?patient=cora',
      'notice.csv?app=app-3',
      'ended-tokens.csv?app=app-3',
    ];
    for (const file of files) {
      const last = fileLines(await take(`${file}&${past}&upto=${upto}`)).at(-1);
      expect([file, last]).toEqual([file, expect.stringContaining(' NOT ALL: no record was read.')]);
      expect(last).not.toContain('No disclosure was in the trail');
    }
  });

  it('says when its address leaves out records of one lane, which were stored before others that it reads', async () => {
    const period = 'from=2026-11-17&to=2026-11-17';
    const { rows } = await world.admin.query<{ lane: number; stored: Date }>(
      `SELECT lane, min(stored) AS stored FROM trail.audit_event WHERE tenant = 'northwind'
          AND lane = (SELECT lane FROM trail.audit_event WHERE tenant = 'northwind' AND member = 'cora' LIMIT 1)
        GROUP BY lane`,
    );
    const [cora] = rows;
    const moveOtherLanes = (by: string) =>
      world.admin.query(
        `BEGIN; SET LOCAL session_replication_role = replica;
         UPDATE trail.audit_event SET stored = stored + interval '${by}' WHERE lane <> ${cora?.lane};
         COMMIT`,
      );
    const { text } = await take(`member?patient=cora&${period}`);
    const [, link = ''] = /disclosures\.csv\?[^"]*upto=([\d.]+)/.exec(text) ?? [];
    const changed = link
      .split('.')
      .map((seq, lane) => (lane === cora?.lane ? '0' : seq))
      .join('.');
    const last = async (upto: string) =>
      fileLines(await take(`disclosures.csv?patient=cora&${period}&upto=${upto}`)).at(-1);
    await moveOtherLanes('2 minutes');
    try {
      expect(await last(changed)).toMatch(
        /Complete: 0 disclosures .* Nothing that was read is a disclosure\. /,
      );
      expect(await last(changed)).toContain(
        ` NOT ALL: records from ${cora?.stored.toISOString()} on were left out, and later ones were read."`,
      );
      expect(await last(link)).toMatch(
        /Complete: 60 disclosures .* Read up to .{24}, as far as services had delivered by then\."$/,
      );
    } finally {
      await moveOtherLanes('-2 minutes');
    }
  });

  it('accounts for the name that an app got when it asked who had logged in', async () => {
    const userinfo = accessEvent({
      ...{ kind: 'account', action: 'read-userinfo', service: 'auth-service', member: 'dora', ...NOTHING },
      recorded: '2026-09-10T10:00:00.000Z',
    });
    await world.deliver(asLines(userinfo));
    const lines = fileLines(await take('disclosures.csv?patient=dora&from=2026-09-01&to=2026-09-30'));
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(
        /^"Sep 10, 2026",1,"Health Diary \(app-1\).*,"userinfo 1","Directed by somebody who acts for the individual/,
      ),
      expect.stringContaining('Complete: 1 disclosures by'),
    ]);
  });

  it('says at its end that dead letters wait, as each page does, of the plan or of nobody knows which', async () => {
    const period = 'patient=dora&from=2026-10-01&to=2026-10-31';
    const last = async () => fileLines(await take(`disclosures.csv?${period}`)).at(-1);
    const pages = ['overview', 'member', 'changes', 'search', 'refusals', 'revoked', 'bursts', 'notice'];
    const warned = async () => {
      const said = await Promise.all(pages.map(async (page) => pageWords(await take(`${page}?${period}`))));
      for (const words of said)
        expect(words).toMatch(/As of \w{3} \d+, \d{4}, [\d:]+ [AP]M E[SD]T: this page has what/);
      return said.map((words) =>
        words.includes('NOT ALL: 1 dead letter waits, which may be a record of this plan.'),
      );
    };
    await world.deliver(
      asLines(accessEvent({ tenant: 'lakeside', service: 'auth-service', counts: { Claim: 1 } })),
    );
    expect(await last()).toContain('No disclosure was in the trail by ');
    expect(await warned()).toEqual(pages.map(() => false));
    await world.deliver([JSON.stringify({ v: 1, ...accessEvent(), diagnosis: 'E11' })]);
    expect(await last()).toContain('Nothing that was read is a disclosure. Read up to');
    expect(await last()).toContain('NOT ALL: 1 dead letter waits, which may be a record of this plan.');
    expect(await warned()).toEqual(pages.map(() => true));
    await world.deliver([JSON.stringify({ v: 1, ...accessEvent(), diagnosis: 'E12' })]);
    expect(await last()).toContain('NOT ALL: 2 dead letters wait, which may be records of this plan.');
    await world.admin.query('DELETE FROM dead_letter');
    expect(await last()).toContain('No disclosure was in the trail by ');
  });

  it('says at its end that events of a service did not arrive before later ones, until they have', async () => {
    const last = async () =>
      fileLines(await take('disclosures.csv?patient=dora&from=2026-10-01&to=2026-10-31')).at(-1);
    const [late, later] = [batchesOf(asLines(accessEvent())), batchesOf(asLines(accessEvent()))];
    await world.send(later);
    await compactSequences(world.admin as Pool);
    expect(await last()).toContain('No disclosure was in the trail by ');
    await world.admin.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE trail.batch SET stored = stored - interval '2 minutes'; COMMIT`,
    );
    // A replica keeps what it knows of this for five seconds.
    await waitUntil(async () => (await last())?.includes(' NOT ALL: '), SELDOM);
    expect(await last()).toContain('Nothing that was read is a disclosure. Read up to');
    expect(await last()).toContain(
      ' NOT ALL: 1 process recorded events that have not arrived, though later ones have; they may be of this plan.',
    );
    await world.send(late);
    await compactSequences(world.admin as Pool);
    await waitUntil(async () => (await last())?.includes('No disclosure was in the trail by '), SELDOM);
  });

  it('says of a link of a page that what came since then, and was recorded before, is left out', async () => {
    const august = 'from=2026-08-01&to=2026-08-31';
    const recorded = '2026-08-10T10:00:00.000Z';
    const late = ['dora', 'emma-1'].map((member) =>
      batchesOf(asLines(accessEvent({ member, recorded, requestId: randomUUID() }))),
    );
    const known = accessEvent({
      member: 'emma',
      recorded: '2026-07-10T10:00:00.000Z',
      requestId: randomUUID(),
    });
    await world.deliver(asLines(known));
    await compactSequences(world.admin as Pool);
    await world.admin.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE trail.batch SET stored = stored - interval '2 minutes'; COMMIT`,
    );
    const linkOf = async (patient: string) => {
      const { text } = await take(`member?patient=${patient}&${august}`);
      const [, upto = ''] = /disclosures\.csv\?[^"]*upto=([\d.]+)/.exec(text) ?? [];
      return `disclosures.csv?patient=${patient}&${august}&upto=${upto}`;
    };
    const last = async (link: string) => fileLines(await take(link)).at(-1);
    const [dora, emma, cora] = [await linkOf('dora'), await linkOf('emma'), await linkOf('cora')];
    // A replica keeps what it knows of this for five seconds.
    await waitUntil(async () => (await last(dora))?.includes(' NOT ALL: '), SELDOM);
    expect(await last(dora)).toContain('Nothing that was read is a disclosure. Read up to');
    for (const batches of late) await world.send(batches);
    await compactSequences(world.admin as Pool);
    await waitUntil(async () => (await last(cora))?.includes('No disclosure was in the trail by '), SELDOM);
    for (const link of [dora, emma]) {
      expect(await last(link)).toContain('Complete: 0 disclosures by ');
      expect(await last(link)).toContain('Nothing that was read is a disclosure. Read up to');
      expect(await last(link)).toContain(
        ' NOT ALL: events from before that time reached the trail later, and were left out. A link of a page that is made now has them."',
      );
    }
    expect(await last(cora)).toMatch(/No disclosure was in the trail by .{24}\. Read up to [^"]*by then\."$/);
    expect(await last(await linkOf('dora'))).toMatch(/Complete: 1 disclosures by .* by then\."$/);
  });

  it('says at its end that the trail was restored from a backup, what that lacked, and what is lost', async () => {
    const of = { tenant: 'lakeside', service: 'audit-service', kind: 'trail', action: 'restore' } as const;
    const nothing = { member: undefined, client: undefined, counts: undefined, resource: undefined };
    const request = 'restore from a backup, which lacks records 3:11-20: the disk was lost';
    const restored = accessEvent({ ...of, ...nothing, request, recorded: '2026-11-13T10:00:00.000Z' });
    const never = '2 events that never come: ticket 17 (claims-service/1 3–4)';
    const lost = accessEvent({ ...of, ...nothing, action: 'lost', count: 2, request: never });
    await world.deliver(asLines(restored, lost));
    const there = await asAuditor(world, 'lakeside', '/internal/console');
    const last = fileLines(await there(`disclosures.csv?patient=elsewhere&from=2026-01-01&to=2026-01-31`)).at(
      -1,
    );
    expect(last).toContain('Nothing that was read is a disclosure.');
    expect(last).toContain(`The trail was put back once, and may lack records of that time: ${request}.`);
    expect(last).toContain(`Events were lost, which may be of this plan: ${never}.`);
  });

  it('takes nothing by which it would leave out members whose data left', async () => {
    const beyond = [
      'patient=cora',
      'outcome=refused',
      'action=login',
      'reason=x',
      'request=x',
      'resource=Claim/1',
    ];
    for (const query of beyond)
      expect([query, (await take(`notice.csv?${PERIOD}&app=app-3&${query}`)).status]).toEqual([query, 400]);
  });

  it('tells those apart who opened links to the card on one day, and calls none of them an app', async () => {
    const opened = ['Front desk', 'Another desk'].map((name) =>
      accessEvent({
        ...{
          requestId: randomUUID(),
          recorded: '2026-11-21T15:00:00.000Z',
          member: 'fay',
          grantId: 'link-1',
        },
        client: { id: 'card-link', name },
      }),
    );
    await world.deliver(asLines(...opened));
    const accounting = fileLines(await take(`disclosures.csv?patient=fay&${PERIOD}`)).slice(1, -1);
    expect(accounting).toEqual(
      ['Front desk', 'Another desk'].map(
        (name) =>
          `"Nov 21, 2026",1,"${name}, as it calls itself, by a link to the card (card-link), made by Patient/anna",` +
          '"no address known","ExplanationOfBenefit 1","Directed by somebody who acts for the individual: a link to the insurance card"',
      ),
    );
    const [, notice = ''] = fileLines(await take(`notice.csv?${PERIOD}&app=card-link`));
    expect(notice).toContain('"card-link, opened by Another desk and Front desk","45 CFR 164.404:');
    expect(pageWords(await take(`member?patient=fay&${PERIOD}`))).toMatch(
      /By app .* links to insurance cards 2 0 2/,
    );
  });

  it('tells in an accounting what the individual directed from what somebody else did, as far as the trail knows', async () => {
    const iss = 'https://plan.example/auth/northwind/oauth2/v1';
    const consent = { ...NOTHING, kind: 'consent', action: 'grant', service: 'auth-service' } as const;
    const of = (grantId: string, user: object, more: Partial<AccessEvent> = {}) =>
      accessEvent({
        ...{ member: 'gil', grantId, user: { iss, sub: `by ${grantId}`, ...user }, client: { id: grantId } },
        ...{ recorded: '2026-11-22T10:00:00.000Z', ...more },
      });
    const self = { fhirUser: 'https://plan.example/v2/northwind/Patient/gil' };
    await world.deliver(
      asLines(of('app-of-self', self, consent), of('app-of-mother', {}, consent), of('member-pages', self)),
    );
    const earlier = { ...consent, recorded: '2025-03-01T10:00:00.000Z' };
    await world.deliver(asLines(of('app-of-self-earlier', self, earlier)));
    const apps = ['app-of-self', 'app-of-self-earlier', 'app-of-self-late', 'app-of-mother', 'app-of-before'];
    await world.deliver(asLines(...[...apps, 'member-pages'].map((id) => of(id, {}))));
    await world.deliver(asLines(of('app-of-self-late', self, consent)));
    const lines = fileLines(await take(`disclosures.csv?patient=gil&${PERIOD}`)).slice(1, -1);
    expect(lines.map((line) => /, for ([^"]+)".*"([^"]+)"$/.exec(line)?.slice(1).join(': ')).sort()).toEqual([
      'Patient/gil: Access by the individual at the plan’s own pages',
      ...Array(3).fill('Patient/gil: Directed by the individual: consent given to this app'),
      'by app-of-before: Directed by the individual, or by somebody who acts for the individual: consent given to this app',
      'by app-of-mother: Directed by somebody who acts for the individual: consent given to this app',
      'by member-pages: Access by somebody who acts for the individual at the plan’s own pages',
    ]);
  });

  it('O110: accounts also for what was disclosed of a record that was merged into the member’s, and says so', async () => {
    const recorded = '2026-11-20T10:00:00.000Z';
    const [before, after] = ['emma-1', 'emma'].map((member) => accessEvent({ recorded, member }));
    await world.deliver(asLines(...([before, after] as AccessEvent[])));
    const emma = fileLines(await take(`disclosures.csv?patient=emma&${PERIOD}`));
    const what = emma.slice(1, -1).map((line) => line.split('","').at(-2));
    expect(what).toEqual([
      'ExplanationOfBenefit 1, under the replaced Patient/emma-1',
      'ExplanationOfBenefit 1',
    ]);
    expect(emma.at(-1)).toContain(
      '2 disclosures by Northwind Health of name not known here, Patient/emma, with the replaced Patient/emma-1',
    );
    const later = accessEvent({ recorded: '2026-11-21T10:00:00.000Z', member: 'emma-1' });
    await world.deliver(asLines(later));
    const inOrder = fileLines(await take(`disclosures.csv?patient=emma&${PERIOD}`)).slice(1, -1);
    expect(inOrder.map((line) => line.slice(1, 7))).toEqual(['Nov 20', 'Nov 20', 'Nov 21']);
    const replaced = fileLines(await take(`disclosures.csv?patient=emma-1&${PERIOD}`));
    expect([replaced.length, replaced.join()]).toEqual([4, expect.not.stringContaining('Patient/emma,')]);
  });

  it.each(['member', 'search', 'changes', 'revoked'])(
    'O110: leads from the page %s about one id of a merge to the other, because its events are there',
    async (page) => {
      const events = ['emma', 'cora-1'].map((member) =>
        accessEvent({ recorded: '2026-11-19T10:00:00.000Z', member }),
      );
      await world.deliver(asLines(...events));
      const survivor = await take(`${page}?patient=emma&${PERIOD}`);
      expect(pageWords(survivor)).toContain(
        'merged into this one. What was done under their ids is not below: Patient/emma-1',
      );
      expect(survivor.text).toMatch(new RegExp(`href="/audit/northwind/${page}\\?[^"]*patient=emma-1"`));
      const replaced = pageWords(await take(`${page}?patient=cora-1&${PERIOD}`));
      expect(replaced).toContain('This record was merged into Patient/cora . What was done');
      expect(pageWords(await take(`${page}?patient=anna&${PERIOD}`))).not.toContain('merged into');
    },
  );
});
