import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { asLines, accessEvent, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it('the metrics show depth and age of the outbox, dead letters and gaps', async () => {
  await world.deliver([...asLines(accessEvent()), 'no event']);
  const text = await world.metrics();
  for (const name of ['outbox_depth_rows', 'outbox_oldest_age_seconds', 'outbox_published_total'])
    expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  expect(text).toMatch(/^# TYPE audit_dead_letters gauge\naudit_dead_letters 1$/m);
  expect(text).toContain('# TYPE audit_missing_events gauge');
  // No metric is about a member.
  expect(text).not.toContain('anna');
});
