/** The page that shows a new link to an insurance card, and the form that makes it. Its key is kept nowhere, so the page cannot be made again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLinks, wordsOf } from '../apps/member.ts';
import { LinkMaker } from './member.ts';
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

  it('shows a passcode as it is typed: a phone makes no capital letter and no other word of it', async () => {
    const [field] = /<input[^>]*name="passcode"[^>]*>/.exec((await maria.page()).html) ?? [];
    expect(field).toMatch(/autocapitalize="none"\s+autocorrect="off"\s+spellcheck="false"/);
  });

  it('says until when it works, in the time zone of the plan, and names the zone', async () => {
    const until = /It works until \w+ \d+, \d{4} at \d+:\d\d [AP]M E[DS]T\./;
    expect(wordsOf(await maria.post()).replaceAll('\u202f', ' ')).toMatch(until);
  });
});
