import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FormPage, UserAgent } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { ingestSetting } from '@patient-access/topology';
import pg from 'pg';
import { remove, runToEnd } from '../installation/installation.ts';
import { metricsAddress } from '../installation/replica.ts';
import { connect, directory, ingestSettings, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const FEED = 'Immunization';
/** What is known of feeds is as old as this at most, in the data service and then in auth-service. */
const KNOWN_MS = 90_000;

interface Feed {
  type: string;
  asOf: string;
  late: boolean;
}

/** Logs in at the page of connected apps. */
async function openApps(): Promise<[UserAgent, FormPage]> {
  const agent = new UserAgent();
  const form = await agent.open(new URL(northwind.appsPage), 'never:');
  const { login, password } = memberOf(northwind, 'ordinary');
  return [agent, await agent.submit(form, { login, password, action: 'login' }, 'never:')];
}

/** @returns what the service shows of the feed, once it is late */
async function metrics(): Promise<{ every: number; since: number } | undefined> {
  const text = await (await fetch(metricsAddress(directory, 'clinical-service'))).text();
  const valueOf = (name: string) =>
    Number(
      text
        .split('\n')
        .find(
          (line) => line.startsWith(`${name}{`) && line.includes('"northwind"') && line.includes(`"${FEED}"`),
        )
        ?.split(' ')
        .at(-1),
    );
  const [every, since] = [valueOf('feed_expected_every_seconds'), valueOf('feed_awaited_since_seconds')];
  return every > 0 && Date.now() / 1_000 - since > every ? { every, since } : undefined;
}

describe('importing into a running installation', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patient-access-import-'));
  });
  afterAll(() => remove(folder));

  test('lets the member read what was imported, and reports what cannot be stored', async () => {
    const { session, client } = await connect(northwind, 'ordinary');
    const file = join(folder, 'records.ndjson');
    const condition = (id: string, subject: string) =>
      JSON.stringify({
        resourceType: 'Condition',
        id,
        subject: { reference: subject },
        code: { text: 'Imported' },
      });
    const lines = [
      condition('imported-1', `Patient/${session.patient}`),
      '{not json',
      condition('imported-2', 'Group/1'),
    ];
    await writeFile(file, lines.join('\n'));
    const rejects = join(folder, 'rejects.ndjson');
    const { code, said } = await runToEnd(
      'tools/import/main.ts',
      ['--tenant', 'northwind', '--rejects', rejects, file],
      ingestSettings(),
    );
    expect([code, said]).toEqual([3, expect.stringMatching(/Condition/)]);
    const rejected = readFileSync(rejects, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; reason: string });
    expect(rejected.map(({ line }) => line).sort()).toEqual([2, 3]);
    const stored = await client.json<{ code: { text: string } }>('Condition/imported-1');
    expect(stored.code.text).toBe('Imported');
  });

  test('tells apps, the member and staff how fresh the data is, and when a feed is late', async () => {
    const { client } = await connect(northwind, 'ordinary');
    const [agent, apps] = await openApps();
    const settings = ingestSettings();
    const feeds = async (...more: string[]) => {
      const args = ['--tenant', 'northwind', '--json', ...more];
      const { code, said } = await runToEnd('tools/import/freshness.ts', args, settings);
      const feed = (JSON.parse(said) as Feed[]).find(({ type }) => type === FEED) as Feed;
      return { code, feed };
    };
    const asOfApp = async () =>
      (await client.json<{ meta: { lastUpdated: string } }>(`${FEED}?_count=1`)).meta.lastUpdated;
    const day = (at: string | Date) =>
      new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'America/New_York' }).format(
        new Date(at),
      );
    const database = new pg.Client({ connectionString: settings[ingestSetting('clinical-service')] });
    await database.connect();
    /** As if no file had come for so many days. */
    const passes = async (days: number): Promise<void> => {
      await database.query(
        "SELECT set_config('app.tenant', 'northwind', false), set_config('app.member', '', false)",
      );
      for (const [table, instant] of [
        ['feed', 'as_of'],
        ['feed_load', 'finished'],
      ])
        await database.query(
          `UPDATE ${table} SET ${instant} = ${instant} - make_interval(days => $1) WHERE type = $2`,
          [days, FEED],
        );
    };
    try {
      expect((await feeds('--expect', `${FEED}=1d`)).feed).toMatchObject({ late: false });
      await passes(3);
      const { code, feed } = await feeds();
      expect([code, feed.late]).toEqual([4, true]);
      await waitUntil(async () => (await asOfApp()) === feed.asOf, { withinMs: KNOWN_MS });
      // As the alert FeedIsLate asks.
      const { every, since } = await waitUntil(metrics, { withinMs: KNOWN_MS });
      expect(Date.now() / 1_000 - since).toBeGreaterThan(1.25 * every);
      const shown = async () => (await agent.open(apps.url, 'never:')).html.replaceAll(/<[^>]+>|\s+/g, ' ');
      const late = await waitUntil(
        async () => {
          const text = await shown();
          return text.includes('A newer file is late.') && text;
        },
        { withinMs: KNOWN_MS },
      );
      expect(late).toContain(`As of ${day(feed.asOf)}`);
    } finally {
      await passes(-3);
      await feeds('--expect', `${FEED}=none`);
      await database.end();
    }
    expect((await feeds()).feed).toMatchObject({ late: false });
  }, 180_000);
});
