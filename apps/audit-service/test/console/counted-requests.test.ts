/** How often something was given, as files of the console say it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';
import { fileLines } from './trail.ts';

describe('a file about what was given', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const take = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);

  it('counts a request once to which several services gave a part', async () => {
    const requestId = randomUUID();
    const page = { requestId, recorded: '2026-07-10T10:00:00.000Z', action: 'search-type', member: 'dora' };
    const given: AccessEvent['counts'][] = [{ Coverage: 1 }, { Claim: 2 }, { Condition: 4 }];
    const parts = given.map((counts) =>
      accessEvent({ ...page, request: 'GET Patient/dora/$everything', counts }),
    );
    await world.deliver(asLines(...parts, accessEvent({ recorded: page.recorded, member: 'dora' })));
    const period = 'from=2026-07-10&to=2026-07-10';
    const accounting = fileLines(await take(`disclosures.csv?patient=dora&${period}`));
    expect(accounting.slice(1)).toEqual([
      expect.stringMatching(/^"Jul 10, 2026",2,.*"Claim 2, Condition 4, Coverage 1, ExplanationOfBenefit 1"/),
      expect.stringContaining('Complete: 2 disclosures by'),
    ]);
    const [, ofDora] = fileLines(await take(`notice.csv?app=app-1&${period}`));
    expect(ofDora).toMatch(/^"dora",.*,2,0,"Claim 2, Condition 4, Coverage 1, ExplanationOfBenefit 1"/);
  });
});
