/** What tells a program that reads a file of the console whether it has all, and in which encoding it is. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONSOLE, type ConsoleMeans } from '../../src/console/console.controller.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { asLines, startWorld, type World } from '../world.ts';
import { fileLines, pageWords, storyOf } from './trail.ts';

const BYTE_ORDER_MARK = Buffer.from('efbbbf', 'hex');
const OCTOBER = 'from=2026-10-01&to=2026-10-31&patient=cora';

describe('a file of the console for programs', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
  });
  afterAll(() => world?.stop());

  const take = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);

  it.each([
    'events.csv?patient=cora',
    'disclosures.csv?patient=cora',
    'notice.csv?app=app-3',
    'ended-tokens.csv',
  ])('begins with the byte order mark by which Excel knows UTF-8, and has no other: %s', async (file) => {
    const { bytes } = await take(file);
    expect([bytes.indexOf(BYTE_ORDER_MARK), bytes.lastIndexOf(BYTE_ORDER_MARK)]).toEqual([0, 0]);
  });

  it('says NOT ALL where the trail does not verify, as a page does', async () => {
    const means = world.app.get<ConsoleMeans>(CONSOLE, { strict: false });
    const { chains } = means;
    // This service runs without the work in the background that would find it.
    means.chains = { of: () => ({ problems: ['lane 3: altered'], verified: 0 }) };
    try {
      const words = 'NOT ALL: the trail does not verify: lane 3: altered.';
      expect(fileLines(await take(`disclosures.csv?${OCTOBER}`)).at(-1)).toContain(words);
      expect(pageWords(await take(`member?${OCTOBER}`))).toContain(words);
    } finally {
      means.chains = chains;
    }
  });

  it('ends with a warning where something is missing, and with information where nothing is', async () => {
    const issueOf = async (query: string) => {
      const last = fileLines(await take(`events.ndjson?${query}`)).at(-1) ?? '';
      return (JSON.parse(last) as { issue: unknown[] }).issue;
    };
    expect(await issueOf(OCTOBER)).toEqual([
      {
        severity: 'information',
        code: 'informational',
        diagnostics: expect.stringContaining('Complete: 0 events from'),
      },
    ]);
    const upto = Array(16).fill('0').join('.');
    expect(await issueOf(`${OCTOBER}&upto=${upto}`)).toEqual([
      { severity: 'warning', code: 'incomplete', diagnostics: expect.stringContaining(' NOT ALL: ') },
    ]);
  });
});
