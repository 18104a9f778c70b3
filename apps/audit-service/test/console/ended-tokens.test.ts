/** After a revocation the console lists the requests with tokens that had ended, by app. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer } from '@patient-access/testing';
import { asAuditor } from '../auditor-search/auditors.ts';
import { asLines, startWorld, type World } from '../world.ts';
import { fileLines, PERIOD, storyOf, withEndedToken } from './trail.ts';

const ENDED = '019abcde-0000-7000-8000-0000000e4ded';
const EXPIRED = '019abcde-0000-7000-8000-000000e89ded';
const COUNTED = '019abcde-0000-7000-8000-000000c09ded';
const DAY = '2026-11-20T15:0';

const pageWords = ({ text }: Answer): string =>
  text
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the requests with tokens that had ended', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    const other = { client: { id: 'app-2' }, member: 'ben', grantId: 'grant-2', reason: 'token-expired' };
    await world.deliver(
      asLines(
        ...storyOf(),
        withEndedToken(`${DAY}1:00.000Z`, { requestId: ENDED }),
        withEndedToken(`${DAY}2:00.000Z`, {
          ...{ kind: 'denied-attempts', action: 'deny', count: 170, requestId: COUNTED },
        }),
        withEndedToken(`${DAY}3:00.000Z`, { ...other, requestId: EXPIRED }),
        withEndedToken('2026-12-02T15:00:00.000Z', { requestId: '019abcde-0000-7000-8000-00000000de02' }),
        withEndedToken(`${DAY}4:00.000Z`, { reason: 'client-mismatch' }),
        withEndedToken(`${DAY}5:00.000Z`, { tenant: 'lakeside' }),
        // A service that was taken over may record refusals, and cannot know of tokens.
        withEndedToken(`${DAY}6:00.000Z`, { service: 'claims-service/edge', client: { id: 'app-2' } }),
        withEndedToken(`${DAY}6:00.000Z`, { service: 'claims-service', client: { id: 'app-2' } }),
      ),
    );
  });
  afterAll(() => world?.stop());

  const open = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);

  it('are listed by app, with those that were counted together, of the days that were asked for', async () => {
    const shown = pageWords(await open(`revoked?${PERIOD}`));
    expect(shown).toContain(
      'by app App Requests Of these counted Members First Last ' +
        'Health Diary 171 170 1 Nov 20, 2026, 10:01:00 AM EST Nov 20, 2026, 10:02:00 AM EST ' +
        '=HYPERLINK(&quot;http://evil.example&quot;)&lt;script&gt;alert(1)&lt;/script&gt; ' +
        '1 0 1 Nov 20, 2026, 10:03:00 AM EST Nov 20, 2026, 10:03:00 AM EST ',
    );
    expect(pageWords(await open('revoked?from=2026-11-01&to=2026-11-19'))).toContain(
      'Requests with tokens that had ended, by app Nothing in this period.',
    );
  });

  it('are shown one by one, the newest first, with time, app, request id, member, grant and address', async () => {
    const [, newest = ''] = pageWords(await open(`revoked?${PERIOD}`)).split('Newest requests with tokens');
    const asked = 'GET /v2/northwind/Coverage 192.0.2.7';
    expect(newest).toContain(
      `Nov 20, 2026, 10:03:00 AM EST app-2 1 ${EXPIRED} ben grant-2 token-expired ${asked} ` +
        `Nov 20, 2026, 10:02:00 AM EST Health Diary 170 counted together anna grant-1 token-ended ${asked} ` +
        `Nov 20, 2026, 10:01:00 AM EST Health Diary 1 ${ENDED} anna grant-1 token-ended ${asked}`,
    );
    expect(newest).not.toMatch(/client-mismatch|Dec 2/);
  });

  it('are listed by the names of the apps, also of one whose requests are not among the newest', async () => {
    const of = (name: string, day: string) =>
      withEndedToken(`2026-08-0${day}T15:00:00.000Z`, { client: { id: name.toLowerCase(), name } });
    await world.deliver(asLines(of('Quiet', '1'), ...Array.from({ length: 101 }, () => of('Loud', '2'))));
    const [, byApp = ''] = pageWords(await open('revoked?from=2026-08-01&to=2026-08-02')).split('by app App');
    for (const row of ['Loud 101 0 1 ', 'Quiet 1 0 1 ']) expect(byApp).toContain(row);
  });

  it('are not shown a second time among what was asked for under a consent', async () => {
    const [first = ''] = pageWords(await open(`revoked?${PERIOD}`)).split('by app App Requests');
    expect([first.includes('token-ended'), first.includes('10:00:01 AM')]).toEqual([false, true]);
    // What else was refused is there, as a refresh under the consent.
    expect(first).toContain('client-mismatch');
  });

  it('of one app or one member are shown alone', async () => {
    const ofApp = pageWords(await open(`revoked?${PERIOD}&app=app-2`));
    expect([ofApp.includes('10:03:00 AM'), ofApp.includes('10:02:00 AM')]).toEqual([true, false]);
    const ofMember = pageWords(await open(`revoked?${PERIOD}&patient=anna`));
    expect([ofMember.includes('10:03:00 AM'), ofMember.includes('10:02:00 AM')]).toEqual([false, true]);
  });

  it('are a file with request ids and grants, whose last line says that it is whole', async () => {
    const lines = fileLines(await open(`ended-tokens.csv?${PERIOD}`));
    expect(lines[0]).toBe(
      '"recorded","request","app","app name","patient","grant","person","address","reason","asked","times","id"',
    );
    expect(lines.slice(1, -1).map((line) => line.replace(/,"[0-9a-f-]{36}"$/, ''))).toEqual([
      `"2026-11-20T15:03:00.000Z","${EXPIRED}","app-2","app-2","ben","grant-2","Patient/anna","192.0.2.7","token-expired","GET /v2/northwind/Coverage",1`,
      `"2026-11-20T15:01:00.000Z","${ENDED}","app-1","Health Diary","anna","grant-1","Patient/anna","192.0.2.7","token-ended","GET /v2/northwind/Coverage",1`,
      `"2026-11-20T15:02:00.000Z","","app-1","Health Diary","anna","grant-1","Patient/anna","192.0.2.7","token-ended","GET /v2/northwind/Coverage",170`,
    ]);
    expect(lines.at(-1)).toContain(
      '"End of file. Complete: 172 requests with tokens that had ended from 2026-11-01 to 2026-11-30 (America/New_York), by app: app-1 171, app-2 1.',
    );
    const ofApp = fileLines(await open(`ended-tokens.csv?${PERIOD}&app=app-2`));
    expect([ofApp.length, ofApp.at(-1)]).toEqual([
      3,
      expect.stringContaining(', narrowed to app=app-2, by app: app-2 1.'),
    ]);
    expect((await open(`ended-tokens.csv?${PERIOD}&patient=nobody`)).status).toBe(404);
  });
});
