/**
 * Tests the page without audit-service. The tests with audit-service are in
 * apps/patient-access-e2e/journeys/who-saw-my-data.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { wordsOf } from '../apps/member.ts';

describe('the page "Who saw my data", while the trail does not answer,', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('asks the member to log in, returns to the page, and says that the list cannot be shown', async () => {
    const url = `${world.url}/auth/northwind/access`;
    const browser = new Browser(world.url);
    const page = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
    expect([page.status, page.url, page.headers.get('retry-after')]).toEqual([503, url, '30']);
    expect(wordsOf(page)).toContain('The list cannot be shown right now');
    expect(wordsOf(page)).not.toMatch(/There is no entry|As of/);
    const spanish = await browser.open(`${url}?lang=es`);
    expect(wordsOf(spanish)).toContain('La lista no se puede mostrar ahora');
    expect(spanish.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'");
  });

  it('does not exist at an unknown plan', async () => {
    expect((await fetch(`${world.url}/auth/nowhere/access`)).status).toBe(404);
  });
});
