import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redirected, registerVerifiedApp, startAuthorization } from '../app.ts';
import { Browser } from '../browser.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('an authorization request with several faults', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('is told all of them in one redirect, with a link and the request id', async () => {
    const app = await registerVerifiedApp(world);
    const { url, state } = startAuthorization(world, app, {
      aud: 'https://ehr.example/fhir',
      code_challenge: undefined,
      code_challenge_method: undefined,
      scope: 'patient/Observation.sr',
      max_age: '5',
    });
    const page = await new Browser(world.url).open(url);
    const answer = redirected(page);
    const says = answer.get('error_description') ?? '';
    expect(says).toMatch(/^4 faults: \(1\) .*max_age.*openid.*\(2\) code_challenge is missing/);
    expect(says).toContain(`Expected: ${tenantOf(world).fhirBase}. Received: https://ehr.example/fhir.`);
    expect(says).toContain('patient/Observation.sr');
    expect(says).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(answer.get('error_uri')).toBe(`${world.url}/docs/errors#authorization-invalid`);
    expect(answer.get('request_id')).toBe(page.headers.get('x-request-id'));
    expect([answer.get('state'), answer.get('iss')]).toEqual([state, tenantOf(world).issuer]);
  });

  it.each(['launch', 'launch/patient'])(
    'is not told to add a scope that it has: %s with a launch',
    async (scope) => {
      const app = await registerVerifiedApp(world);
      const { url } = startAuthorization(world, app, {
        launch: 'of-yesterday',
        scope: `${scope} patient/Coverage.rs`,
      });
      const says = redirected(await new Browser(world.url).open(url)).get('error_description') ?? '';
      expect(says).toMatch(/^launch is unknown, expired, already used, or meant for another client/);
      expect(says).not.toMatch(/faults|without its scope/);
    },
  );

  it('repeats no sentence of the request, and not the addresses that the client registered', async () => {
    const app = await registerVerifiedApp(world, { redirect_uris: ['https://secret.example/cb'] });
    const page = await new Browser(world.url).open(
      startAuthorization(world, app, {
        redirect_uri: 'https://evil.example/cb',
        aud: 'Your account is locked, call 555-0100',
      }).url,
    );
    expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    const says = /<dd lang="en">([^<]*)/.exec(page.html)?.[1] ?? '';
    expect(says).toContain('redirect_uri is not registered');
    expect(says).not.toMatch(/account is locked|555-0100|secret\.example/);
  });
});
