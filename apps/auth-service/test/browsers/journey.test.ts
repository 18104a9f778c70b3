/** What a member does at each step in every browser: she presses once or twice, goes back, loads again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRun, type EngineName, isThorough, type Tab, waitUntil } from '@patient-access/testing';
import { exchange, registerApp, startAuthorization } from '../app.ts';
import { startWorld, type World } from '../world.ts';
import { isAtApp, type Journey, logIn, seesText, startJourney } from './journey.ts';

/** Between the two clicks of a double click; the first may be anywhere on its way then. */
const PAUSES_MS = [0, 40, 120, 250];
/** In the short form each engine tries some of them, and the quickest engine tries most. */
const SHORT_PAUSES_MS = { chromium: [0, 40, 120], firefox: [0], webkit: [250] };
/** In the short form the slower engines end the login once in each way: `agree` after the choices are kept. */
const SINGLE: [action: string, answer: RegExp][] = [
  ['agree', /code/],
  ['deny', /access_denied/],
  ['cancel', /access_denied/],
];
const SHORT_SINGLE = SINGLE.slice(-1);
const DOUBLE = ['deny', 'cancel'];
const SHORT_DOUBLE = DOUBLE.slice(0, 1);
const ENGINES: EngineName[] = ['chromium', 'firefox', 'webkit'];
const CONTROLS = [
  'kind-claims',
  'kind-medicines',
  'kind-procedures',
  'kind-coverage',
  'sensitive-mental-health',
  'sensitive-genetics',
  'duration-90-days',
  'duration-13-months',
];
const TIMEOUT_MS = 120_000;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, TIMEOUT_MS);
afterAll(() => world?.stop());

describe.each(ENGINES.filter(canRun))('login and consent in %s', (name) => {
  let journey: Journey;
  const isLong = isThorough || name === 'chromium';
  beforeAll(async () => {
    journey = await startJourney(name, world);
  }, TIMEOUT_MS);
  afterAll(() => journey?.stop());

  /** Presses boxes one after the other, each when the one before is kept. */
  async function press(tab: Tab, ...boxes: string[]): Promise<void> {
    for (const box of boxes) {
      const isOn = box.startsWith('duration') || !(await tab.isChecked(`#${box}`));
      await tab.click(`#${box}`);
      const isDone = async () => (await tab.isChecked(`#${box}`).catch(() => undefined)) === isOn;
      await waitUntil(isDone, { failure: () => `${box} stays ${!isOn}` });
    }
  }

  const consents = async () => Number((await world.db.query('SELECT count(*) FROM consent')).rows[0].count);

  it.each(isLong ? SINGLE : SHORT_SINGLE)(
    '%s: leads to an app whose callback leads on to another host',
    async (action, answer) => {
      const { tab } = await journey.begin();
      if (action !== 'cancel') {
        await logIn(tab, 'maria.many');
        await seesText(tab, /Share data|an app that says/);
      }
      await tab.click(`button[value=${action}]`);
      expect(await isAtApp(tab)).toBe(true);
      expect(String(journey.callbackApp.received.at(-1))).toMatch(answer);
    },
    TIMEOUT_MS,
  );

  it.each(isThorough ? PAUSES_MS : SHORT_PAUSES_MS[name])(
    'a double click (%i ms) ends where one click ends, at every step',
    async (pause) => {
      const before = await consents();
      const { tab, verifier } = await journey.begin();
      const twice = (button: string) => tab.clickTwice(button, pause);
      await logIn(tab, 'paul.parent', twice);
      await seesText(tab, /Cora/);
      await tab.click('#member-cora');
      await twice('button[value=choose]');
      await seesText(tab, /Agree and share/);
      const [arrived, code] = [
        journey.callbackApp.received.length,
        () => journey.callbackApp.received.at(-1)?.get('code'),
      ];
      await twice('button[value=agree]');
      expect(await isAtApp(tab)).toBe(true);
      expect(journey.callbackApp.received.length).toBeGreaterThan(arrived);
      expect((await exchange(world, journey.app, code() ?? '', verifier)).status).toBe(200);
      expect(await consents()).toBe(before + 1);
    },
    TIMEOUT_MS,
  );

  it.each(isLong ? DOUBLE : SHORT_DOUBLE)(
    'a double click on %s ends at the app',
    async (action) => {
      const { tab } = await journey.begin();
      if (action === 'deny') {
        await logIn(tab, 'maria.many');
        await seesText(tab, /Agree and share/);
      }
      await tab.clickTwice(`button[value=${action}]`, 60);
      expect(await isAtApp(tab)).toBe(true);
      expect(journey.callbackApp.received.at(-1)?.get('error')).toBe('access_denied');
    },
    TIMEOUT_MS,
  );

  it(
    'keeps what was chosen when the page is loaded again, before and after a change of the language',
    async () => {
      const { tab, verifier } = await journey.begin();
      await logIn(tab, 'paul.parent');
      await seesText(tab, /Cora/);
      await tab.click('#member-cora');
      await tab.click('button[value=es]');
      await seesText(tab, /hijo/);
      expect(await tab.isChecked('#member-cora')).toBe(true);
      await tab.click('button[value=choose]');
      await seesText(tab, /Aceptar y compartir/);
      await press(tab, 'kind-claims', 'kind-medicines', 'kind-procedures');
      await press(tab, 'sensitive-mental-health', 'duration-once', 'duration-13-months');
      // The last word counts: it was unchecked, and is checked again.
      await press(tab, 'kind-procedures');
      for (const [language, agree] of [
        ['es', /Aceptar y compartir/],
        ['en', /Agree and share/],
        ['es', /Aceptar y compartir/],
      ] as const) {
        if (!agree.test(await tab.text())) await tab.click(`button[value=${language}]`);
        await seesText(tab, agree);
        await tab.reload();
        await seesText(tab, agree);
        const checked = await Promise.all(CONTROLS.map((control) => tab.isChecked(`#${control}`)));
        expect(Object.fromEntries(CONTROLS.map((control, index) => [control, checked[index]]))).toEqual({
          'kind-claims': false,
          'kind-medicines': false,
          'kind-procedures': true,
          'kind-coverage': true,
          'sensitive-mental-health': true,
          'sensitive-genetics': false,
          'duration-90-days': false,
          'duration-13-months': true,
        });
      }
      await tab.click('button[value=agree]');
      expect(await isAtApp(tab)).toBe(true);
      const code = journey.callbackApp.received.at(-1)?.get('code') ?? '';
      const { body } = await exchange(world, journey.app, code, verifier);
      expect(body['scope']).toMatch(/patient\/Coverage\.rs/);
      expect(body['scope']).not.toMatch(/ExplanationOfBenefit|MedicationRequest/);
    },
    TIMEOUT_MS,
  );

  // Only puppeteer gives the two windows a tab each.
  (name === 'webkit' ? it.skip : it)(
    'a login in a popup finds its opener again when it is back at the app',
    async () => {
      const inPopup = await registerApp(world, { redirect_uris: [journey.callbackApp.inPopup] });
      const { url, state, verifier } = startAuthorization(world, inPopup);
      const opener = await journey.engine.newTab();
      await opener.open(journey.callbackApp.openerOf(url));
      const popup = await opener.openPopup?.('#open');
      if (!popup) throw new Error('no popup');
      await seesText(popup, /Password/);
      await logIn(popup, 'maria.many');
      await seesText(popup, /Agree and share/);
      await popup.click('button[value=agree]');
      await seesText(opener, /told \?code=/);
      const told = new URLSearchParams((await opener.text()).split('told ')[1]);
      expect(told.get('state')).toBe(state);
      expect((await exchange(world, inPopup, told.get('code') ?? '', verifier)).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});
