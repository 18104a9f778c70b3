/** What a member finds who goes back, or loads a page again, at each step between an app's request and its answer. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRun, type EngineName, type Tab } from '@patient-access/testing';
import { exchange } from '../app.ts';
import { PASSWORD } from '../world.ts';
import { goBack, isAtApp, type Journey, logIn, seesText, startJourney } from './journey.ts';

const TIMEOUT_MS = 120_000;
const LOGIN = /Password/;
const PICKER = /Whose data/;
const CONSENT = /Agree and share/;
const AT_APP = /back in the app/;
const ANSWERED = /You have already answered/;
/** The page from which the browser goes on to the app, where it waits for its link. */
const GOES_ON = /Continue to the app/;
/** A member of this login chooses between several people. */
const PARENT = 'paul.parent';

/** One run in one engine: each has a test file of its own, so that the engines can run beside each other. */
export function describeBack(name: EngineName): void {
  (canRun(name) ? describe : describe.skip)(`back and reload in ${name}`, () => {
    let journey: Journey;
    beforeAll(async () => {
      journey = await startJourney(name);
    }, TIMEOUT_MS);
    afterAll(() => journey?.stop());

    async function begin(): Promise<{ tab: Tab; verifier: string }> {
      const begun = await journey.begin();
      await seesText(begun.tab, LOGIN);
      return begun;
    }
    async function atPicker() {
      const begun = await begin();
      await logIn(begun.tab, PARENT);
      await seesText(begun.tab, PICKER);
      return begun;
    }
    async function atConsent() {
      const begun = await atPicker();
      await choose(begun.tab);
      return begun;
    }
    async function choose(tab: Tab): Promise<void> {
      await tab.click('#member-cora');
      await tab.click('button[value=choose]');
      await seesText(tab, CONSENT);
    }
    /**
     * An engine may show the login page as it kept it, with the name and without the password (WebKit), or empty. What is
     * missing is typed again, and the login leads on although its request is over.
     */
    async function leadsOnTo(tab: Tab, page: RegExp): Promise<void> {
      await seesText(tab, new RegExp(`${page.source}|${LOGIN.source}`));
      if (page.test(await tab.text())) return;
      for (const [field, text] of [
        ['#login', PARENT],
        ['#password', PASSWORD],
      ] as const)
        if ((await tab.evaluate(`document.querySelector('${field}').value`)) === '')
          await tab.fill(field, text);
      await tab.click('button[value=login]');
      await seesText(tab, page);
    }
    /** @returns when the app has the answer and can use it */
    async function agrees(tab: Tab, verifier: string): Promise<void> {
      await tab.click('button[value=agree]');
      expect(await isAtApp(tab)).toBe(true);
      const code = journey.callbackApp.received.at(-1)?.get('code') ?? '';
      expect((await exchange(journey.world, journey.app, code, verifier)).status).toBe(200);
    }

    it(
      'the login page, loaded again, takes the login',
      async () => {
        const { tab } = await begin();
        await tab.reload();
        await seesText(tab, LOGIN);
        await logIn(tab, PARENT);
        await seesText(tab, PICKER);
      },
      TIMEOUT_MS,
    );

    it(
      'back from the choice of a person leads on to it',
      async () => {
        const { tab, verifier } = await atPicker();
        await tab.reload();
        await seesText(tab, PICKER);
        await goBack(tab);
        await leadsOnTo(tab, PICKER);
        await choose(tab);
        await agrees(tab, verifier);
      },
      TIMEOUT_MS,
    );

    it(
      'back from the consent page leads to a page that leads on',
      async () => {
        const { tab, verifier } = await atConsent();
        await tab.reload();
        await seesText(tab, CONSENT);
        await goBack(tab);
        // The choice of a person and the consent page have one address, so this goes to the one or the other, or to the login.
        await seesText(tab, new RegExp([PICKER, CONSENT, LOGIN].map(({ source }) => source).join('|')));
        if (LOGIN.test(await tab.text())) await leadsOnTo(tab, CONSENT);
        if (PICKER.test(await tab.text())) await choose(tab);
        await agrees(tab, verifier);
      },
      TIMEOUT_MS,
    );

    it(
      'back after agreeing says in words that it was answered, and so does a reload',
      async () => {
        const { tab, verifier } = await atConsent();
        await agrees(tab, verifier);
        const arrived = journey.callbackApp.received.length;
        await goBack(tab);
        // An engine may keep the page as it was; then its button says the same.
        await seesText(tab, new RegExp(`${ANSWERED.source}|${CONSENT.source}`));
        if (CONSENT.test(await tab.text())) await tab.click('button[value=agree]');
        await seesText(tab, ANSWERED);
        await tab.reload();
        await seesText(tab, ANSWERED);
        expect(await tab.text()).toMatch(/go back to the app/);
        expect(journey.callbackApp.received.length).toBe(arrived);
      },
      TIMEOUT_MS,
    );

    it.each(['deny', 'cancel'])(
      'back after %s leads to the app again, or says how to get there',
      async (action) => {
        const { tab } = action === 'deny' ? await atConsent() : await begin();
        const page = action === 'deny' ? CONSENT : LOGIN;
        await tab.click(`button[value=${action}]`);
        expect(await isAtApp(tab)).toBe(true);
        await goBack(tab);
        await seesText(
          tab,
          new RegExp([ANSWERED, GOES_ON, page, AT_APP].map(({ source }) => source).join('|')),
        );
        if (page.test(await tab.text())) await tab.click(`button[value=${action}]`);
        await seesText(tab, new RegExp([ANSWERED, GOES_ON, AT_APP].map(({ source }) => source).join('|')));
        if (GOES_ON.test(await tab.text())) await tab.click('main a');
        await seesText(tab, new RegExp([ANSWERED, AT_APP].map(({ source }) => source).join('|')));
        expect(journey.callbackApp.received.at(-1)?.get('error')).toBe('access_denied');
      },
      TIMEOUT_MS,
    );
  });
}
