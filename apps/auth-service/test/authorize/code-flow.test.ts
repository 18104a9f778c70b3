import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenClaims } from '@patient-access/smart';
import { getTokens, introspect, register } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('authorization code flow', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('gives a token that can be introspected', async () => {
    const app = await register(world);
    const tokens = await getTokens(world, app);
    expect(tokens).toMatchObject({ token_type: 'Bearer', patient: 'maria', expires_in: 600 });
    const { status, body } = await introspect(world, tokens['access_token'] as string);
    expect(status).toBe(200);
    expect(TokenClaims.parse(body)).toMatchObject({ patient: 'maria', aud: tenantOf(world).fhirBase });
  });
});
