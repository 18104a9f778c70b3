/** The commands for the yearly reports, in an installation in which a member has just connected an app. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { auditEvents, connect, directory, ingestSettings, world } from '../installation/world.ts';

const { northwind } = world();
const root = resolve(import.meta.dirname, '../../..');
const year = new Date().getUTCFullYear();
const DAY_MS = 86_400_000;
/** The preview has a request for a knee that was made and approved then (tools/population/care/authorizations.ts). */
const KNEE_REQUESTED_DAYS_AGO = 130;
const yearOfKnee = new Date(Date.now() - KNEE_REQUESTED_DAYS_AGO * DAY_MS).getUTCFullYear();

function run(command: string, ...args: string[]) {
  const out = mkdtempSync(join(tmpdir(), 'report-'));
  const audit = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'tools/report', `${command}.ts`), ...args, '--out', out],
    { env: { ...ingestSettings(), ...audit }, encoding: 'utf8' },
  );
  const files = readdirSync(out).sort();
  return { status, stdout, stderr, files, texts: files.map((name) => readFileSync(join(out, name), 'utf8')) };
}

describe('the yearly reports', () => {
  test('count the member whose data an app received, by plan and issuer, and agree with the live counter', async () => {
    const { client, session } = await connect(northwind, 'ordinary');
    await client.json('Patient');
    await auditEvents(client, [client.requestIds.at(-1) ?? '']);
    const { status, stdout, files, texts } = run('cms', '--tenant', northwind.id, '--year', String(year));
    expect([status, files]).toEqual([
      0,
      [`patient-access-api-northwind-${year}.csv`, `patient-access-api-northwind-${year}.html`],
    ]);
    expect(stdout).toContain('0 of the trail were not counted, 0 that were counted are not in the trail.');
    const rows = (texts[0] ?? '').split('\r\n').map((line) => line.replaceAll('"', '').split(','));
    const levels = new Set(rows.slice(1).map(([, , level]) => level));
    for (const level of ['tenant', 'contract', 'plan', 'state', 'issuer']) expect(levels).toContain(level);
    const [, , , , , once] = rows.find(([, , level]) => level === 'tenant') ?? [];
    expect(Number(once)).toBeGreaterThanOrEqual(1);
    expect(rows.some(([, , level, unit]) => level === 'plan' && unit !== '(none)')).toBe(true);
    for (const text of texts) expect(text).not.toContain(session.patient);
  });

  test('say what the stored prior authorizations contain, and what they lack', () => {
    const { status, texts } = run(
      'prior-authorization',
      '--tenant',
      northwind.id,
      '--year',
      String(yearOfKnee),
    );
    expect(status).toBe(0);
    expect(texts.join('')).toMatch(/Approved, standard.*\d+\.\d %/);
    expect(texts.join('')).toContain('PDex has no element for an extended review');
  });

  test('print one line when they are called wrongly', () => {
    const { status, stderr } = run('cms', '--tenant', northwind.id, '--year', 'last');
    expect([status, stderr]).toEqual([
      2,
      'report: --year <yyyy>: the calendar year to report about\nTry --help.\n',
    ]);
  });
});
