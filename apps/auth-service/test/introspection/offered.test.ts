import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getTokens, introspect, registerApp } from '../app.ts';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const TYPES = ['Coverage', 'Patient', 'Organization'];

describe('the types that a plan offers', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = (await getTokens(world, await registerApp(world)))['access_token'] as string;
  }, 60_000);
  afterAll(() => world?.stop());

  const discovered = async (): Promise<string[]> => {
    const response = await fetch(`${world.url}/northwind/smart-configuration`);
    return ((await response.json()) as { scopes_supported: string[] }).scopes_supported;
  };

  it('are all types when the setting is missing', async () => {
    expect((await introspect(world, token)).body).not.toHaveProperty('types');
    expect(await discovered()).toContain('patient/Observation.rs');
  });

  it('are reported for tokens issued earlier, and only they have scopes in discovery', async () => {
    await configure(world, { types: TYPES });
    expect((await introspect(world, token)).body).toMatchObject({ active: true, types: TYPES });
    const scopes = await discovered();
    expect(scopes).toEqual(
      expect.arrayContaining(['patient/*.rs', 'patient/Coverage.rs', 'system/Organization.rs']),
    );
    expect(scopes.join(' ')).not.toMatch(/Observation|Practitioner|AuditEvent/);
  });

  it('must be served types', async () => {
    await expect(configure(world, { types: ['Observatory'] })).rejects.toThrow(/types/);
    await expect(configure(world, { types: [] })).rejects.toThrow(/types/);
  });
});
