import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenId } from '../../src/provider/adapters/record-id.ts';
import { exchange, introspect, registerApp } from '../app.ts';
import { plantCode } from '../plant.ts';
import { startWorld, type World } from '../world.ts';

const MILLION = 1_000_000;

describe('the id of a token', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('S26: is unique among a million tokens that differ only slightly', () => {
    const prefix = randomBytes(24).toString('base64url');
    const seen = new Set<string>();
    for (let at = 0; at < MILLION; at += 1) seen.add(tokenId(`${prefix}${at}`));
    expect(seen.size).toBe(MILLION);
    for (const handle of [...seen].slice(0, 100)) expect(handle).toMatch(/^sha256\.[A-Za-z0-9_-]{43}$/);
  });

  it('S26: changes when the token is cut, lengthened, or changed in case', async () => {
    const app = await registerApp(world);
    const { code, verifier } = await plantCode(world, app);
    const token = (await exchange(world, app, code, verifier)).body['access_token'] as string;
    expect((await introspect(world, token)).body['active']).toBe(true);
    for (const other of [
      token.slice(0, -1),
      token.slice(1),
      `${token}x`,
      `${token}\0`,
      `${token} `,
      ` ${token}`,
      token.toLowerCase(),
      token.slice(0, 32),
      `${token}${token}`,
    ]) {
      expect((await introspect(world, other)).body).toEqual({ active: false });
    }
  });
});
