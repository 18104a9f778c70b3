import { afterEach, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { startWorld, type World } from '../world.ts';

const PATH = '/.well-known/security.txt';
const DAY_MS = 86_400_000;

let world: World;
afterEach(() => world?.stop());

it('whoever finds a weakness learns where to report it (RFC 9116)', async () => {
  world = await startWorld({ SECURITY_CONTACT: 'mailto:security@plan.example' });
  const { status, headers, text } = await ask(world.url, PATH);
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
  expect(text).toContain('Contact: mailto:security@plan.example\n');
  expect(text).toContain(`Canonical: https://plan.example${PATH}\n`);
  const expires = Date.parse(/^Expires: (.*)$/m.exec(text)?.[1] ?? '');
  expect(expires).toBeGreaterThan(Date.now() + 90 * DAY_MS);
  expect(expires).toBeLessThan(Date.now() + 365 * DAY_MS);
});

it('there is no such file where nobody said whom to write to', async () => {
  world = await startWorld();
  expect((await ask(world.url, PATH)).status).toBe(404);
});
