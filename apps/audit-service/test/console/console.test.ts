import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMPTY_BODY_HASH } from '@patient-access/events';
import { ask, type Answer } from '@patient-access/testing';
import { AUDIT_CONSOLE_PAGES } from '@patient-access/internal-api';
import { asAuditor, asBackend, auditorCredential, ofNobody } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';
import { fileLines, PERIOD, storyOf, withEndedToken } from './trail.ts';

const PAGES = ['overview', 'search', 'member', 'app', 'refusals', 'revoked', 'bursts', 'changes', 'notice'];
const FILES = [
  'events.csv',
  'events.ndjson',
  'manifest.json',
  'disclosures.csv',
  'disclosures.pdf',
  'notice.csv',
  'ended-tokens.csv',
];

const pageWords = ({ text }: Answer): string =>
  text
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the audit console', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
  });
  afterAll(() => world?.stop());

  const open = async (path: string, tenant = 'northwind') =>
    (await asAuditor(world, tenant, '/internal/console'))(path);
  const words = async (path: string) => {
    const answer = await open(path);
    expect([path, answer.status]).toEqual([path, 200]);
    return pageWords(answer);
  };
  const recorded = async ({ headers }: Answer) => {
    const { rows } = await world.admin.query<{ body: string }>(
      "SELECT body FROM outbox WHERE body::json ->> 'requestId' = $1",
      [headers['x-request-id']],
    );
    return JSON.parse(rows[0]?.body ?? 'null') as Record<string, unknown> | null;
  };

  it('has the pages and files that the gateway knows, and no other', async () => {
    expect([...AUDIT_CONSOLE_PAGES].sort()).toEqual([...PAGES, ...FILES, 'style.css'].sort());
    for (const page of AUDIT_CONSOLE_PAGES) {
      const about = page === 'notice.csv' ? 'app=app-1' : 'patient=anna&app=app-1';
      expect([page, (await open(`${page}?${PERIOD}&${about}`)).status]).toEqual([page, 200]);
    }
  });

  it('is HTML without a script under a strict policy, even when an app’s name holds a script', async () => {
    for (const page of PAGES) {
      const { status, headers, text } = await open(`${page}?${PERIOD}&patient=ben&app=app-2`);
      expect([page, status]).toEqual([page, 200]);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(text).not.toMatch(/<script|<img|javascript:| on[a-z]+=| style=/i);
      // A browser would save the login page in the place of a file, after the end of the session.
      expect(text).not.toMatch(/<a [^>]* download/);
    }
    expect((await open(`app?${PERIOD}&app=app-2`)).text).toContain('&lt;script&gt;');
  });

  it('shows all access to one member, and nothing about other members', async () => {
    const shown = await words(`member?patient=anna&${PERIOD}`);
    expect(shown).toContain('Access to the data of Patient/anna, day by day');
    expect(shown).toMatch(/By app App Given Refused Resources Members Last Health Diary 13 0 13 1/);
    expect(shown).toMatch(/Nov 20, 2026, 10:00:01 AM EST anna Health Diary Patient\/anna rest read/);
    expect(shown).not.toMatch(/Night Owl|ben|cora/);
    expect(await words('member')).not.toContain('By app');
  });

  it('shows all access by one app', async () => {
    const shown = await words(`app?app=app-3&${PERIOD}`);
    expect(shown).toMatch(/Night Owl 60 0 120 1/);
    expect(shown).not.toContain('Health Diary');
  });

  it('shows refusals by reason', async () => {
    const shown = await words(`refusals?${PERIOD}`);
    expect(shown).toMatch(/scope-insufficient rest =HYPERLINK\S+ 2 1 .*not-found rest =HYPERLINK\S+ 1 1/);
  });

  it('shows requests after a consent had ended, and says whether data was disclosed', async () => {
    const shown = await words(`revoked?${PERIOD}`);
    expect(shown).toContain('Data was given after revocation: once.');
    expect(shown).toMatch(/Nov 20, 2026, 10:00:01 AM EST Nov 20, 2026, 10:00:00 AM EST anna Health Diary/);
    expect(await words('revoked?from=2026-11-01&to=2026-11-19')).toContain('Nothing in this period.');
  });

  it('adds up however much there is', async () => {
    const recorded = '2026-10-13T02:00:00.000Z';
    const most = () => accessEvent({ recorded, counts: { Claim: 2_147_483_647 } });
    const ended = () =>
      withEndedToken(recorded, {
        kind: 'denied-attempts',
        action: 'deny',
        count: 9_000_000_000,
        member: undefined,
      });
    expect((await world.deliver(asLines(most(), most(), ended(), ended()))).status).toBe(204);
    const day = 'from=2026-10-12&to=2026-10-13&least=1';
    for (const page of ['overview', 'bursts'])
      expect(await words(`${page}?${day}`)).toMatch(/4[.,]?294[.,]?967[.,]?294/);
    expect(await words(`revoked?${day}`)).toMatch(/18[.,]?000[.,]?000[.,]?000/);
  });

  it('counts requests where one event stands for many', async () => {
    const of = (reason: string, count: number) =>
      ofNobody({
        ...{ recorded: '2026-04-10T15:00:00.000Z', service: 'auth-service', client: undefined },
        ...{ reason, count, address: '192.0.2.50' },
      });
    await world.deliver(
      asLines(of('invalid-token', 1_200), of('invalid-token', 34), of('not-found', 3_000_000_000)),
    );
    const day = 'from=2026-04-10&to=2026-04-10';
    const refusals = await words(`refusals?${day}`);
    expect(refusals).toMatch(
      /not-found denied-attempts no app 3,000,000,000 0 .* denied-attempts no app 1,234 0/,
    );
    expect(refusals).toContain('2026-04-10: given 0, refused 3,000,001,234');
    expect(await words(`overview?${day}`)).toMatch(/no app 0 3,000,001,234 0 0 .* 1,200 times/);
    const [header = '', ...lines] = fileLines(await open(`events.csv?${day}&reason=invalid-token`));
    expect([header, ...lines.slice(0, -1)].map((line) => line.split(',').at(-1))).toEqual([
      ...['"times"', '1200', '34'],
    ]);
  });

  it('shows bursts outside working hours, in the plan’s time zone', async () => {
    expect(await words(`bursts?${PERIOD}`)).toMatch(/2026-11-17 02:00 EST Night Owl 60 120 1/);
    expect(await words(`bursts?${PERIOD}&least=61`)).toContain('Nothing in this period.');
    expect(await words(`bursts?${PERIOD}&zone=Asia/Tokyo`)).toContain('Nothing in this period.');
  });

  it('says the ids of apps that have one name', async () => {
    const at = (id: string, name: string) =>
      accessEvent({
        recorded: '2025-09-06T05:30:00.000Z',
        client: { id, name },
        outcome: '4',
        reason: 'not-found',
      });
    await world.deliver(asLines(at('one', 'Twins'), at('two', 'Twins'), at('three', 'Alone')));
    const day = 'from=2025-09-06&to=2025-09-06&least=1';
    for (const page of ['overview', 'refusals', 'bursts']) {
      const shown = await words(`${page}?${day}`);
      for (const cell of [/Alone \d/, /Twins \(one\) \d/, /Twins \(two\) \d/]) expect(shown).toMatch(cell);
    }
    const ended = (id: string) =>
      withEndedToken('2025-09-06T06:00:00.000Z', { client: { id, name: 'Twins' } });
    await world.deliver(asLines(ended('one'), ended('two')));
    for (const page of ['search', 'revoked']) {
      const shown = await words(`${page}?${day}`);
      for (const id of ['one', 'two']) expect(shown.split(`Twins (${id})`)).toHaveLength(3);
    }
  });

  it('tells the two hours apart that one is when clocks are put back', async () => {
    const at = (recorded: string) => accessEvent({ recorded, client: { id: 'autumn' } });
    const [summer, winter] = ['2025-11-02T05:30:00.000Z', '2025-11-02T06:30:00.000Z'];
    await world.deliver(asLines(at(summer), at(summer), at(winter)));
    const day = 'from=2025-11-02&to=2025-11-02';
    const shown = await words(`app?app=autumn&${day}`);
    for (const time of ['1:30:00 AM EDT', '1:30:00 AM EST']) expect(shown).toContain(time);
    expect(await words(`bursts?${day}&least=1`)).toMatch(
      /2025-11-02 01:00 EDT autumn 2 2 1 2025-11-02 01:00 EST autumn 1 1 1/,
    );
    expect(await words(`bursts?${day}&least=3`)).toContain('Nothing in this period.');
  });

  it('gives files as downloads with a name, and pages as pages', async () => {
    for (const file of FILES) {
      const about = file === 'notice.csv' ? 'app=app-3' : 'patient=anna';
      const { headers } = await open(`${file}?${about}&${PERIOD}`);
      expect(headers['content-disposition']).toBe(`attachment; filename="northwind-${file}"`);
    }
    expect((await open(`overview?${PERIOD}`)).headers['content-disposition']).toBeUndefined();
  });

  it('shows a chart of the days', async () => {
    const { text } = await open(`overview?${PERIOD}`);
    expect(text.match(/<g>/g)).toHaveLength(30);
    expect(text).toContain('<title>2026-11-17: given 60, refused 0</title>');
    expect(text).toContain('<title>2026-11-10: given 1, refused 1</title>');
  });

  it.each([
    'member?from=tomorrow',
    'member?from=2026-02-31x',
    'member?from=2026-05-02&to=2026-05-01',
    'member?from=2024-01-01&to=2026-01-01',
    'member?zone=Mars/Olympus',
    'member?zone=-05:00',
    'disclosures.csv?patient=anna&zone=%2B05',
    'member?zone=CET',
    'member?patient=a&patient=b',
    `app?app=${'x'.repeat(321)}`,
    'bursts?opens=25',
    'bursts?least=0',
    'events.csv?upto=-1',
    'disclosures.pdf',
    'notice.csv',
    'search?outcome=maybe',
    'search?before=1.2',
  ])('refuses %s with a page that states the reason', async (path) => {
    const answer = await open(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
    expect(await recorded(answer)).toMatchObject({ outcome: '4', user: { name: 'audrey.auditor' } });
  });

  it('answers 404 to every other path', async () => {
    for (const path of ['nothing', 'events', '__proto__', 'constructor', 'events.csv.gz'])
      expect([path, (await open(path)).status]).toEqual([path, 404]);
  });

  it('shows the beginning of a request that would fill screens, and the rest where it is asked for', async () => {
    const [short, long] = [`GET Claim?x=${'a'.repeat(200)}`, `GET Claim?x=${'b'.repeat(4_000)}`];
    const asked = { recorded: '2026-06-10T10:00:00.000Z', action: 'search-type', resource: undefined };
    await world.deliver(asLines(...[short, long].map((request) => accessEvent({ ...asked, request }))));
    const { text } = await open('member?patient=anna&from=2026-06-10&to=2026-06-10');
    const cells = [...text.matchAll(/<td>(?:(?!<\/td>).)*GET Claim.*?<\/td>/gs)].map(([cell]) =>
      cell.replaceAll(/[ab]{100,}/g, ({ length }) => String(length)).replaceAll(/\s+/g, ' '),
    );
    expect(cells.sort()).toEqual([
      expect.stringContaining('<code>GET Claim?x=200</code>'),
      expect.stringMatching(
        /<details> <summary><code>GET Claim\?x=228<\/code> …<\/summary> <code>GET Claim\?x=4000<\/code> <\/details>/,
      ),
    ]);
  });

  it('is closed to members, to other tenants, and to backend services with a granular scope', async () => {
    const claims = world.issuer.claims('northwind', 'anna', { scope: 'user/AuditEvent.rs', role: 'auditor' });
    const authorization = `Bearer ${await world.issuer.sign(claims)}`;
    for (const page of [...PAGES, ...FILES]) {
      const path = `/internal/console/northwind/${page}?patient=anna&app=app-1&${PERIOD}`;
      const member = await ask(world.url, path, { headers: { authorization } });
      expect([page, member.status, /Health Diary|Night Owl/.test(member.text)]).toEqual([page, 403, false]);
      expect(await recorded(member)).toMatchObject({ outcome: '4', member: 'anna' });
      expect((await ask(world.url, path)).status).toBe(401);
    }
    const part = await asBackend(world, 'northwind', 'system/AuditEvent.rs?outcome=4', '/internal/console');
    expect((await part(`overview?${PERIOD}`)).status).toBe(403);
    const elsewhere = pageWords(await open(`overview?${PERIOD}`, 'lakeside'));
    expect([/elsewhere/.test(elsewhere), /Night Owl|ben|cora/.test(elsewhere)]).toEqual([true, false]);
  });

  it('records each read before it answers, and answers 503 when it cannot record', async () => {
    const answer = await open(`member?patient=ben&${PERIOD}`);
    expect(await recorded(answer)).toMatchObject({
      kind: 'rest',
      action: 'search-type',
      outcome: '0',
      service: 'audit-service',
      request: `GET console/member?patient=ben&${PERIOD}`,
      counts: { AuditEvent: 3 },
      user: { name: 'audrey.auditor' },
      bodyHash: createHash('sha256').update(answer.bytes).digest('hex'),
    });
    const headers = { authorization: await auditorCredential(world) };
    const path = `/internal/console/northwind/member?patient=ben&${PERIOD}`;
    const head = await ask(world.url, path, { method: 'HEAD', headers });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(await recorded(head)).toMatchObject({ outcome: '0', bodyHash: EMPTY_BODY_HASH });
    await world.admin.query('REVOKE INSERT ON outbox FROM audit_service');
    const unrecorded = await open(`member?patient=anna&${PERIOD}`);
    await world.admin.query('GRANT INSERT ON outbox TO audit_service');
    expect([unrecorded.status, pageWords(unrecorded).includes('Health Diary')]).toEqual([503, false]);
  });
});
