/** Calls the HTTP API of the administration. */
import { ADMIN_SECRET, type World } from './world.ts';

/** @param path below `/internal/admin/` */
export async function administer(
  world: World,
  method: string,
  path: string,
  body?: object,
  authorization = `Bearer ${ADMIN_SECRET}`,
) {
  const response = await fetch(`${world.address}/internal/admin/${path}`, {
    method,
    headers: {
      authorization,
      'x-administrator': 'ada',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: Record<string, unknown> = {};
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The body may be empty or no JSON; then tests look at the text.
  }
  return { status: response.status, body: parsed, text };
}
