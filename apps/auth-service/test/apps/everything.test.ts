/** What the page of connected apps and the receipt say of an app that may see everything. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAndLogIn, redirected, registerApp, startAuthorization } from '../app.ts';
import { startWorld, type World } from '../world.ts';
import { revokePageOf, wordsOf } from './member.ts';

describe('an app that may see everything', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it.each([
    ['all of it', 'patient/AuditEvent.rs', /Everything [^.]* added later Who has used this data But no/],
    [
      'a part of it',
      'patient/AuditEvent.rs?date=ge2026',
      /added later Who has used this data \(Only a part: .*2026/,
    ],
    ['what she unchecked', 'patient/AuditEvent.rs', /added later But not: Who has used this data But no/],
    ['what was not asked for', '', /added later But not: Who has used this data But no/],
    [
      'what stays withheld beside what she released',
      '',
      /But not: Who has used this data Of the extra private records only: Mental health and Genetic tests /,
    ],
  ])('is not said to see what no wildcard covers, unless it does: %s', async (which, more, said) => {
    const app = await registerApp(world, { client_name: `Everything and ${which}` });
    const scope = `launch/patient offline_access patient/*.rs ${more}`.trim();
    const [browser, consent] = await openAndLogIn(world, startAuthorization(world, app, { scope }).url);
    const answer = await browser.submit(consent, 'agree', (fields) => {
      if (which === 'what she unchecked') fields.delete('kind', 'access');
      if (which === 'what stays withheld beside what she released')
        for (const id of ['mental-health', 'genetics']) fields.append('sensitive', id);
    });
    expect(redirected(answer).has('code')).toBe(true);
    const question = await revokePageOf(world, app);
    for (const page of [question, `${question}/receipt`, `${question}/receipt.html`])
      expect(wordsOf(await browser.request(page))).toMatch(said);
  });
});
