import { administer } from '../administration.ts';
import type { World } from '../world.ts';

/** Creates an initial access token, as a plan does for a developer. */
export async function initialToken(world: World, tenant: string, change: object = {}): Promise<string> {
  const { status, body, text } = await administer(world, 'POST', `${tenant}/registration-tokens`, change);
  if (status !== 201) throw new Error(`no token: ${text}`);
  return String(body['token']);
}
