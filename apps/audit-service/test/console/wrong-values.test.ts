/** A question with a value that is wrong: its page says what, beside the field, and keeps all that was asked. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessEvent } from '@patient-access/events';
import { asAuditor } from '../auditor-search/auditors.ts';
import { asLines, startWorld, type World } from '../world.ts';
import { pageWords, storyOf } from './trail.ts';

const PERIOD = 'from=2026-11-01&to=2026-11-30';

describe('a question with a wrong value', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
  });
  afterAll(() => world?.stop());

  const open = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);

  /** The fields of a page with their attributes, by name. */
  function fieldsIn(text: string): Record<string, Record<string, string>> {
    const tags = [...text.matchAll(/<input\s([^>]*)>/g)].map(([, attributes = '']) =>
      Object.fromEntries(
        [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
      ),
    );
    return Object.fromEntries(tags.map((tag) => [tag['name'], tag]));
  }
  const textOf = (page: string, id: string): string | undefined =>
    new RegExp(`id="${id}">([^<]*)<`).exec(page)?.[1];

  it.each([
    [`bursts?opens=25&closes=9&${PERIOD}`, 400, 'opens', '25', 'Must be a whole number from 0 to 24.'],
    [`bursts?least=many&${PERIOD}`, 400, 'least', 'many', 'Must be a whole number from 1 to 1000000.'],
    [
      `member?patient=anna&zone=Mars/Olympus&${PERIOD}`,
      400,
      'zone',
      'Mars/Olympus',
      'Must be the name of a time zone, such as America/Chicago, or UTC.',
    ],
    ['member?patient=anna&from=tomorrow', 400, 'from', 'tomorrow', 'Must be a day, such as 2026-05-03.'],
    ['member?patient=anna&from=2026-02-30', 400, 'from', '2026-02-30', 'Must be a day, such as 2026-05-03.'],
    ['notice.csv?to=2027-02-29&app=app-1', 400, 'to', '2027-02-29', 'Must be a day, such as 2026-05-03.'],
    ['overview?to=0000-01-05', 400, 'to', '0000-01-05', 'Must be a day, such as 2026-05-03.'],
    [
      'overview?from=2026-05-02&to=2026-05-01',
      400,
      'from',
      '2026-05-02',
      'Must not be later than the last day.',
    ],
    [
      `search?login=a&administrator=b&app=app-1&${PERIOD}`,
      400,
      'administrator',
      'b',
      'A login is none. Ask for one of them.',
    ],
    ...['203.0.113.0/24', '203.0.113.999', '2001:db8::7::1', 'abc', '[203.0.113.7', '203.0.113.7:'].map(
      (address): [string, number, string, string, string] => [
        `notice.csv?address=${address}&${PERIOD}`,
        400,
        'address',
        address,
        'Must be one network address, such as 203.0.113.7 or 2001:db8::7.',
      ],
    ),
    [
      `search?request=last-week&app=app-1&${PERIOD}`,
      400,
      'request',
      'last-week',
      'Must be the X-Request-ID of an answer, a UUID.',
    ],
    [
      `search?resource=https://plan.example/v2/northwind/Claim/7&${PERIOD}`,
      400,
      'resource',
      'https://plan.example/v2/northwind/Claim/7',
      'Must be a type and an id, such as Claim/7 or Claim/7/_history/2.',
    ],
    [
      `search?action=logins&${PERIOD}`,
      400,
      'action',
      'logins',
      `Must begin with a kind of event: ${AccessEvent.shape.kind.options.join(', ')}.`,
    ],
    [
      `changes?patient=nobody&${PERIOD}`,
      404,
      'patient',
      'nobody',
      'There is no member with the id nobody: no login, no member number and no event has it.',
    ],
    [
      `app?app=gone&${PERIOD}`,
      404,
      'app',
      'gone',
      'There is no app with the client id gone: no registration and no event has it.',
    ],
    [
      `notice.csv?${PERIOD}`,
      400,
      'app',
      '',
      'Required, or an address, a login or an administrator: who got the data.',
    ],
    [
      `manifest.json?of=notice&${PERIOD}`,
      400,
      'app',
      '',
      'Required, or an address, a login or an administrator: who got the data.',
    ],
  ])('%s says so beside the field, and keeps the others', async (path, status, name, value, why) => {
    const { text, ...answer } = await open(path);
    expect(answer.status).toBe(status);
    const fields = fieldsIn(text);
    const wrong = fields[name] ?? {};
    expect(wrong).toMatchObject({ value, 'aria-invalid': 'true' });
    expect(textOf(text, wrong['aria-describedby'] ?? '')).toBe(why);
    expect(text).toContain(`<label for="${wrong['id']}">`);
    expect(text).toContain(`<a href="#${wrong['id']}">`);
    expect(text).toMatch(/<title>Problem: /);
    const others = [...new URLSearchParams(path.split('?')[1])].filter(
      ([each]) => each !== name && each !== 'of',
    );
    for (const [each, sent] of others) expect([each, fields[each]?.['value']]).toEqual([each, sent]);
    expect(Object.values(fields).filter((field) => 'aria-invalid' in field)).toHaveLength(1);
  });

  it('shows what no field for days or numbers can show, as text', async () => {
    const days = fieldsIn((await open('member?from=2026-13-01&to=2026-05-03')).text);
    expect([days['from']?.['type'], days['to']?.['type']]).toEqual(['text', 'date']);
    const noDay = fieldsIn((await open('member?from=2026-02-30')).text);
    expect(noDay['from']?.['type']).toBe('text');
    const numbers = fieldsIn((await open('bursts?opens=early&closes=99')).text);
    expect([numbers['opens']?.['type'], numbers['closes']?.['type']]).toEqual(['text', 'number']);
  });

  it('says above the form what no field is for, and shows markup as text', async () => {
    const { text, status } = await open('search?before=1.2&reason=%3Cb%3E%22');
    expect([status, text.includes('aria-invalid')]).toEqual([400, false]);
    expect(pageWords({ text } as never)).toContain('before: not a position in the trail.');
    expect(fieldsIn(text)['reason']?.['value']).toBe('&lt;b&gt;&quot;');
  });

  it.each(['overview', 'events.csv'])(
    'says of a time zone that the database does not know that it is wrong: %s',
    async (page) => {
      const { status, text } = await open(`${page}?${PERIOD}&zone=US/Pacific-New`);
      expect([status, pageWords({ text } as never)]).toEqual([
        400,
        expect.stringContaining('not known to the database. Name a city, such as America/Chicago, or UTC.'),
      ]);
    },
  );

  it('asks the page of the question, also where a file was asked for', async () => {
    expect((await open('notice.csv')).text).toContain('action="/audit/northwind/notice"');
  });

  it('asks the page of a notice for as long a period as its file has', async () => {
    const asked = 'from=2023-01-01&to=2026-11-30&app=gone';
    expect((await open(`notice.csv?${asked}`)).status).toBe(404);
    const { status, text } = await open(`notice?${asked}`);
    expect([status, fieldsIn(text)['from']?.['value']]).toEqual([200, '2023-01-01']);
    const { text: longer } = await open('notice?from=2019-01-01&to=2026-11-30');
    expect(fieldsIn(longer)['from']).toMatchObject({ value: '2019-01-01', 'aria-invalid': 'true' });
  });

  it('refuses a position in the trail whose year nobody reads', async () => {
    const { text, status } = await open('search?before=999999999999999.0.1');
    expect([status, pageWords({ text } as never)]).toEqual([
      400,
      expect.stringContaining('before: not a position in the trail.'),
    ]);
  });

  it('has no form for somebody who may not ask, at no page, and for a file of a link', async () => {
    for (const path of ['nothing', '__proto__', 'events.csv?upto=-1', 'manifest.json?of=__proto__'])
      expect([path, (await open(path)).text.includes('<form')]).toEqual([path, false]);
  });
});
