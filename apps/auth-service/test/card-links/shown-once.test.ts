/** The page that shows a new link to an insurance card, and the form that makes it. Its key is kept nowhere: the form makes it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLinks, wordsOf } from '../apps/member.ts';
import { Browser, hiddenFields } from '../browser.ts';
import { askManifest, decrypted, LinkMaker } from './member.ts';
import { type CardWorld, startCardWorld } from './world.ts';

describe('the page with a new link to a card', () => {
  let cards: CardWorld;
  let maria: LinkMaker;
  beforeAll(async () => {
    cards = await startCardWorld();
    maria = await LinkMaker.logIn(cards.world);
  }, 60_000);
  afterAll(() => cards?.stop());

  it('has no link of its own that leads to nothing', async () => {
    const page = await maria.post();
    expect(page.html).toContain('shlink:/');
    expect(await deadLinks(maria.browser, page)).toEqual([]);
  });

  it('has no such link either when nothing was made, because the login has ended', async () => {
    const loggedOut = new Browser(cards.world.url);
    const form = { method: 'POST', body: new URLSearchParams({ person: 'maria' }) };
    const refused = await loggedOut.open(`${cards.world.url}/auth/northwind/card/links`, form);
    expect(wordsOf(refused)).toContain('Nothing was changed.');
    expect(await deadLinks(loggedOut, refused)).toEqual([]);
  });

  it('shows a passcode as it is typed: a phone makes no capital letter and no other word of it', async () => {
    const [field] = /<input[^>]*name="passcode"[^>]*>/.exec((await maria.page()).html) ?? [];
    expect(field).toMatch(/autocapitalize="none"\s+autocorrect="off"\s+spellcheck="false"/);
  });

  it('says until when it works, in the time zone of the plan, and names the zone', async () => {
    const until = /It works until \w+ \d+, \d{4} at \d+:\d\d [AP]M E[DS]T\./;
    expect(wordsOf(await maria.post()).replaceAll('\u202f', ' ')).toMatch(until);
  });

  it('shows the same code for a form that is sent again, so that a picture of the first one is good', async () => {
    const { world } = cards;
    const live = async () =>
      (await world.db.query('SELECT id FROM card_link WHERE ended_at IS NULL')).rows.length;
    const before = await live();
    const once = hiddenFields(await maria.page()).get('once') ?? '';
    const first = await maria.make({ once });
    const opens = async () => {
      const jwe = await (await fetch(`${first.url}?recipient=Clinic`)).text();
      return (await decrypted(jwe, first.key)).file;
    };
    expect(await maria.make({ once })).toEqual(first);
    expect(await opens()).toMatchObject({ resourceType: 'Bundle' });
    await world.db.query("UPDATE card_link SET made_at = made_at - interval '1 hour'");
    expect(await maria.make({ once })).toEqual(first);
    expect(await opens()).toMatchObject({ resourceType: 'Bundle' });
    expect(await live()).toBe(before + 1);
    // Other choices are another code.
    const another = await maria.make({ once, days: '7' });
    expect(another.url).not.toBe(first.url);
    expect(another.key).not.toBe(first.key);
    expect(await live()).toBe(before + 2);
  });

  it('makes no other code for a form whose code has ended, and says so', async () => {
    const once = hiddenFields(await maria.page()).get('once') ?? '';
    const link = await maria.make({ once, uses: '1' });
    expect((await fetch(`${link.url}?recipient=Clinic`)).status).toBe(200);
    const again = await maria.post({ once, uses: '1' });
    expect(again.html).not.toContain('shlink:/');
    expect(wordsOf(again)).toContain('The code that you made does not work any more.');
  });

  it('shows a link that is not used up by who cannot take a file of its size', async () => {
    const tooSmall = { embeddedLengthMax: 10 };
    const once = await maria.make({ uses: '1' });
    expect((await askManifest(once.url, tooSmall)).status).toBe(400);
    expect((await askManifest(once.url, {})).status).toBe(200);
    const passcode = 'open sesame';
    const secret = await maria.make({ passcode });
    for (let time = 0; time < 11; time += 1)
      expect((await askManifest(secret.url, { ...tooSmall, passcode })).status).toBe(400);
    expect((await askManifest(secret.url, { ...tooSmall, passcode: 'open barley' })).status).toBe(401);
    expect((await askManifest(secret.url, { passcode })).status).toBe(200);
  });

  it('is shown for the second press, too, where the first one has made the last link that a login may have', async () => {
    const { world } = cards;
    await world.db.query('DELETE FROM card_link');
    await maria.make();
    await world.db.query(
      `INSERT INTO card_link
       SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'address_digest', 'copy ' || n))).*
         FROM card_link l, generate_series(1, 48) n WHERE l.ended_at IS NULL`,
    );
    const once = hiddenFields(await maria.page()).get('once') ?? '';
    await maria.make({ once });
    const { html } = await maria.post({ once });
    expect(html).toContain('shlink:/');
    expect((await maria.post()).html).not.toContain('shlink:/');
  });
});
