/** A database of records is lost, and with it that a record was withdrawn from the wrong person (docs/operate.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@patient-access/testing';
import { PREVIEW_INGEST_FILE, previewIngestSettings } from '@patient-access/topology';
import type { Drill } from '../drill.ts';
import { AUDIT_ADMIN, type DrilledSystem, type Said } from '../drilled-system.ts';
import type { MemberApp } from '../member-app.ts';
import { commandOfPage } from '../page.ts';

const WITHDRAW = 'tools/import/withdraw.ts';
const SERVED_MS = 30_000;

/** The connections of the import, which the preview writes for it. */
function ingestSettings({ directory }: DrilledSystem): Record<string, string> {
  return previewIngestSettings(readFileSync(join(directory, PREVIEW_INGEST_FILE), 'utf8'));
}

/** @returns the words of a command line of npm, behind its `--` */
const wordsOf = (line: string): string[] =>
  [...line.slice(line.indexOf(' -- ')).matchAll(/'([^']*)'|(?<= )([^' ]+)/g)]
    .map(([, quoted, plain]) => quoted ?? plain ?? '')
    .slice(1);

export async function loseRecords(
  drill: Drill,
  system: DrilledSystem,
  { tenant, member, app }: { tenant: string; member: string; app: MemberApp },
): Promise<void> {
  const since = new Date().toISOString();
  const run = (words: readonly string[]): Promise<Said> =>
    system.command(WITHDRAW, 'audit.env', words, { more: ingestSettings(system) });
  const { text } = await app.search('ExplanationOfBenefit?_count=1');
  const [{ resource }] = (JSON.parse(text) as { entry: [{ resource: { id: string } }] }).entry;
  const record = `ExplanationOfBenefit/${resource.id}`;
  const of = ['--tenant', tenant, '--record', record, '--from', member];
  const withdrawn = await run([...of, '--reason', 'two persons of one name']);
  drill.expect(
    withdrawn.code === 0 && (await app.read(record)) === 404,
    'a record is withdrawn',
    withdrawn.text,
  );
  await waitUntil(() => system.isDelivered('claims'), { withinMs: SERVED_MS });
  await system.loseAndRestore('claims');
  const back = async () => (await app.read(record)) === 200;
  await waitUntil(back, { withinMs: SERVED_MS, failure: () => `${record} did not come back` });
  drill.say('claims: lost and restored; what was withdrawn is there again');
  const line = commandOfPage('npm run -s audit -- corrections', {
    northwind: tenant,
    '2026-11-26T02:00:00Z': since,
  });
  const listed = await system.command(AUDIT_ADMIN, 'audit.env', wordsOf(line));
  const corrections = JSON.parse(listed.text) as { again: string }[];
  drill.expect(corrections.length === 1, 'the trail says what has to be done again', listed.text);
  for (const { again } of corrections) {
    const { code, text: said } = await run(wordsOf(again));
    drill.expect(
      code === 0 && (await app.read(record)) === 404,
      'and after its command it is withdrawn',
      said,
    );
  }
}
