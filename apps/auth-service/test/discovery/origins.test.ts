import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registerApp } from '../app.ts';
import { GATEWAY_BASIC, startWorld, type World } from '../world.ts';

describe('SMART 100: origins of registered clients', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const ask = (origin: string, tenant = 'northwind', authorization = GATEWAY_BASIC) =>
    fetch(`${world.address}/internal/${tenant}/origins?origin=${encodeURIComponent(origin)}`, {
      headers: { authorization },
    });

  it('SMART 100: are known at their tenant', async () => {
    expect((await ask('https://app.example')).status).toBe(204);
  });

  it.each([
    'https://evil.example',
    'https://app.example/callback',
    'https://app.exampl',
    'null',
    '',
    '%',
    'x'.repeat(9_000),
  ])('F50: do not include %.40s', async (origin) => {
    expect((await ask(origin)).status).toBe(404);
  });

  it('F50: are unknown at another tenant', async () => {
    expect((await ask('https://app.example', 'lakeside')).status).toBe(404);
  });

  it('are answered to the gateway only', async () => {
    expect((await ask('https://app.example', 'northwind', 'Basic eDp5')).status).toBe(401);
  });
});
