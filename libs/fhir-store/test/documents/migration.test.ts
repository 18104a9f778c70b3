import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../world.ts';
import { document } from './world.ts';

const MIGRATION = join(
  import.meta.dirname,
  '../../prisma/migrations/20261125040000_document_locations/migration.sql',
);
const FOUND = "SELECT id, system, value FROM search_value WHERE parameter = 'location' ORDER BY id, value";

describe('a document stored before its content could be found through it', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  it('gets the search values that an import would write', async () => {
    const attachments = ['Binary/1', 'https://x.example/a|2', `Binary/${'x'.repeat(600)}`, undefined];
    await world.store(
      'north',
      document('d1', 'anna', { content: attachments.map((url) => ({ attachment: url ? { url } : {} })) }),
      document('d2', 'ben'),
    );
    const { rows: written } = await world.admin.query(FOUND);
    expect(written).toHaveLength(4);
    await world.admin.query("DELETE FROM search_value WHERE parameter = 'location'");
    for (let times = 0; times < 2; times += 1) await world.admin.query(readFileSync(MIGRATION, 'utf8'));
    expect((await world.admin.query(FOUND)).rows).toEqual(written);
  });
});
