/** Files of the console: whole, marked at their end, signed, and verified by the command that auditors have. */
import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, waitUntil } from '@patient-access/testing';
import { checkpointSigner } from '../../src/checkpoints/checkpoint.ts';
import { isConsoleFile, verifyConsoleFile } from '../../src/verify/console-files.ts';
import { runAudit } from '../../src/command/command.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { runHere } from '../run-here.ts';
import { accessEvent, asLines, SIGNING_KEY, startWorld, type World } from '../world.ts';
import { fileLines, PERIOD, storyOf } from './trail.ts';

const COMMAND = join(import.meta.dirname, '../../dist/admin.js');
/** It goes on, so later records may belong into it. Of a period that is over a file says when one of them came late. */
const GOING_ON = `from=2026-11-01&to=${new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)}`;
const sha256 = ({ bytes }: Answer) => createHash('sha256').update(bytes).digest('hex');

describe('a download of the console', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...storyOf()));
  });
  afterAll(() => world?.stop());

  const take = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);
  const eventsOf = async (answer: Answer, count: number) => {
    for (const until = Date.now() + 5_000; ;) {
      const { rows } = await world.admin.query<{ body: string }>(
        "SELECT body FROM outbox WHERE body::json ->> 'requestId' = $1",
        [answer.headers['x-request-id']],
      );
      const events = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
      const isBegin = ({ reason }: Record<string, unknown>) => reason === 'stream-begun';
      if (rows.length >= count || Date.now() > until)
        return events.sort((one, other) => Number(isBegin(other)) - Number(isBegin(one)));
    }
  };

  it('has a signed manifest with the hash of each file, and the files stay the same while the trail grows', async () => {
    const { text } = await take(`member?patient=anna&${GOING_ON}`);
    const [, query = ''] = /manifest\.json\?([^"]*)"/.exec(text) ?? [];
    const link = query.replaceAll('&amp;', '&');
    const first = await Promise.all(['events.csv', 'events.ndjson'].map((file) => take(`${file}?${link}`)));
    await world.deliver(asLines(...storyOf()));
    const manifest = await take(`manifest.json?${link}`);
    const again = await Promise.all(['events.csv', 'events.ndjson'].map((file) => take(`${file}?${link}`)));
    expect(again.map(sha256)).toEqual(first.map(sha256));
    expect(JSON.parse(manifest.text)).toMatchObject({
      tenant: 'northwind',
      complete: true,
      events: 15,
      files: [
        { name: 'events.csv', sha256: sha256(again[0] as Answer), bytes: again[0]?.bytes.length },
        { name: 'events.ndjson', sha256: sha256(again[1] as Answer), bytes: again[1]?.bytes.length },
      ],
    });
    const { rows } = await world.admin.query(
      `SELECT lane, seq::int, encode(hash, 'hex') AS hash FROM trail.chain_head
        WHERE tenant = 'northwind' ORDER BY lane`,
    );
    expect((JSON.parse(manifest.text) as { heads: unknown }).heads).toEqual(rows);
    const directory = mkdtempSync(join(tmpdir(), 'console-files-'));
    try {
      const { keys } = await checkpointSigner(SIGNING_KEY);
      writeFileSync(join(directory, 'northwind-manifest.json'), manifest.bytes);
      writeFileSync(join(directory, 'northwind-events.csv'), again[0]?.bytes ?? '');
      const verify = (name: string) => verifyConsoleFile(join(directory, `northwind-${name}`), keys);
      expect(await isConsoleFile(join(directory, 'northwind-events.csv'))).toBe(true);
      expect((await verify('events.csv')).whole.map(({ name }) => name)).toEqual(['events.csv']);
      expect((await verify('manifest.json')).problems).toEqual([
        { name: 'events.ndjson', problem: 'missing' },
      ]);
      // Who reads the manifest reads its text, not its signature.
      for (const [from, to] of [
        ['"patient": "anna"', '"patient": "ben"'],
        ['"events": 15', '"events": 3'],
        ['"events": 15', '"events": 3, "events": 15'],
        ['"lane"', '"line"'],
        ['"northwind"', '"lakeside"'],
        ['"complete": true', '"complete": true, "note": "all of anna"'],
      ] as const) {
        const changed = manifest.text.replace(from, to);
        expect(changed).not.toBe(manifest.text);
        writeFileSync(join(directory, 'northwind-manifest.json'), changed);
        expect((await verify('events.csv')).problems).toEqual([
          { name: 'manifest.json', problem: 'changed' },
        ]);
      }
      writeFileSync(join(directory, 'northwind-manifest.json'), manifest.bytes);
      expect((await verify('events.csv')).problems).toEqual([]);
      const cut = (again[0]?.text ?? '').split('\r\n').slice(1).join('\r\n');
      writeFileSync(join(directory, 'northwind-events.csv'), cut);
      expect((await verify('events.csv')).problems).toEqual([{ name: 'events.csv', problem: 'changed' }]);
      writeFileSync(join(directory, 'northwind-other.csv'), '');
      expect((await verify('other.csv')).problems).toEqual([
        { name: 'other.csv', problem: 'not-in-manifest' },
      ]);
      const forged = manifest.text.replace(/"signature": "([^"]{9})./, '"signature": "$1A');
      writeFileSync(
        join(directory, 'northwind-manifest.json'),
        forged.replace(/("signature": ".{200})./, '$1_'),
      );
      expect((await verify('manifest.json')).manifest).toBeUndefined();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('has a signed manifest also of an accounting, a notice and a list of ended tokens, which the command verifies', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'console-files-'));
    try {
      const keys = join(directory, 'public.pem');
      const pem = createPublicKey(SIGNING_KEY).export({ type: 'spki', format: 'pem' });
      writeFileSync(keys, pem);
      const { text } = await take(`notice?${PERIOD}`);
      const [, upto = ''] = /name="upto" value="([\d.]+)"/.exec(text) ?? [];
      const save = async (file: string, query: string) => {
        const { status, bytes } = await take(`${file}?${PERIOD}&upto=${upto}&${query}`);
        expect([file, status]).toEqual([file, 200]);
        writeFileSync(join(directory, `northwind-${file}`), bytes);
      };
      const words = (file: string) => ['verify', '--file', file, '--keys', keys];
      const verify = (file: string) => runHere(() => runAudit(words(join(directory, file))), {});
      const of = {
        disclosures: ['patient=cora', 'disclosures.csv', 'disclosures.pdf'],
        notice: ['app=app-3', 'notice.csv'],
        'ended-tokens': ['app=app-3', 'ended-tokens.csv'],
      };
      for (const [what, [query = '', ...files]] of Object.entries(of)) {
        await Promise.all(files.map((file) => save(file, query)));
        await save('manifest.json', `${query}&of=${what}`);
        const said = await verify('northwind-manifest.json');
        expect([what, said.status, said.stdout]).toEqual([
          ...[what, 0],
          expect.stringMatching(
            /^ok .* for northwind: .*from=2026-11-01 to=2026-11-30 .*(patient=cora|app=app-3)/,
          ),
        ]);
      }
      appendFileSync(join(directory, 'northwind-ended-tokens.csv'), ' ');
      const typed = [COMMAND, ...words('northwind-ended-tokens.csv')];
      const changed = spawnSync(process.execPath, typed, { cwd: directory });
      expect([changed.status, String(changed.stdout)]).toEqual([1, 'FAIL  ended-tokens.csv: changed\n']);
      expect((await take(`manifest.json?${PERIOD}&of=everything`)).status).toBe(400);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is every event, whole as NDJSON and in columns as CSV without a formula, and says at its end that it is whole', async () => {
    const query = `from=2026-11-01&to=2026-11-30&app=app-2`;
    const [last, ...events] = fileLines(await take(`events.ndjson?${query}`))
      .map((line) => JSON.parse(line) as { resourceType: string; outcomeDesc?: string })
      .reverse();
    expect([...new Set(events.map(({ resourceType }) => resourceType))]).toEqual(['AuditEvent']);
    expect(last).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [
        {
          code: 'informational',
          diagnostics: expect.stringContaining(`Complete: ${events.length} events from`),
        },
      ],
    });
    const [header, first, ...rest] = fileLines(await take(`events.csv?${query}`));
    expect(header).toMatch(/^"lane","sequence","recorded","stored","id","request","patient"/);
    expect(first).toContain('"\'=HYPERLINK(""http://evil.example"")');
    expect(first).toContain('"ben"');
    expect(rest.at(-1)).toContain(
      `"End of file. Complete: ${events.length} events from 2026-11-01 to 2026-11-30 (America/New_York), narrowed to app=app-2.`,
    );
    expect(rest).toHaveLength(events.length);
  });

  it('holds more events than one statement reads', async () => {
    const many = Array.from({ length: 6_100 }, (_, at) =>
      accessEvent({
        recorded: '2026-10-02T10:00:00.000Z',
        member: at % 3 === 0 ? 'ben' : 'anna',
        client: { id: 'app-9' },
        address: at % 2 === 0 ? '192.0.2.8' : '192.0.2.9',
      }),
    );
    for (let at = 0; at < many.length; at += 1_000)
      expect((await world.deliver(asLines(...many.slice(at, at + 1_000)))).status).toBe(204);
    const day = 'from=2026-10-01&to=2026-10-03';
    const lines = fileLines(await take(`events.csv?${day}`));
    expect(lines).toHaveLength(6_102);
    expect(lines.at(-1)).toMatch(
      /Complete: 6100 events from 2026-10-01 to 2026-10-03 \(America\/New_York\)\. Read up to .{24}, as far as services had delivered by then\."$/,
    );
    expect(new Set(lines).size).toBe(6_102);
    const some = fileLines(await take(`events.csv?${day}&address=192.0.2.8&app=app-9`));
    expect(some.at(-1)).toContain('Complete: 3050 events from');
  }, 60_000);

  it('is recorded before its first byte, and again with the number of events after its last', async () => {
    const answer = await take(`events.csv?${PERIOD}&patient=cora`);
    const [begun, complete] = await eventsOf(answer, 2);
    const request = `GET console/events.csv?${PERIOD}&patient=cora`;
    expect(begun).toMatchObject({ request, outcome: '0', reason: 'stream-begun', counts: { AuditEvent: 0 } });
    expect(complete).toMatchObject({ request, outcome: '0', bodyHash: sha256(answer) });
    expect(complete?.['reason']).toBeUndefined();
    expect((complete?.['counts'] as Record<string, number>)['AuditEvent']).toBe(fileLines(answer).length - 2);
    await world.admin.query('REVOKE INSERT ON outbox FROM audit_service');
    const unrecorded = await take(`events.csv?${PERIOD}&patient=cora`);
    await world.admin.query('GRANT INSERT ON outbox TO audit_service');
    expect([unrecorded.status, unrecorded.text.includes('cora')]).toEqual([503, false]);
  });

  it('says in its last line that it broke off, and ends without the end of the body', async () => {
    await world.admin.query('ALTER TABLE trail.audit_event RENAME COLUMN grant_id TO moved');
    try {
      await expect(take(`notice.csv?${PERIOD}&app=app-1`)).rejects.toThrow();
    } finally {
      await world.admin.query('ALTER TABLE trail.audit_event RENAME COLUMN moved TO grant_id');
    }
    await waitUntil(async () => {
      const { rowCount } = await world.admin.query(
        "SELECT body FROM outbox WHERE body LIKE '%stream-interrupted%'",
      );
      return rowCount === 1;
    });
  });

  it('is refused, as a page is, for a member, an app or a login that nobody has: that is no document about somebody to whom nothing happened: A25', async () => {
    const [ofMember, ofApp, ofLogin] = [
      'There is no member',
      'There is no app',
      'There is no login',
    ] as const;
    const query = { [ofMember]: 'patient', [ofApp]: 'app', [ofLogin]: 'login' };
    const refused: Record<string, readonly (keyof typeof query)[]> = {
      'events.csv': [ofMember, ofApp, ofLogin],
      'events.ndjson': [ofMember, ofApp, ofLogin],
      'manifest.json': [ofMember, ofApp, ofLogin],
      'ended-tokens.csv': [ofMember, ofApp, ofLogin],
      'notice.csv': [ofApp, ofLogin],
      'disclosures.csv': [ofMember],
      'disclosures.pdf': [ofMember],
      search: [ofMember, ofApp, ofLogin],
      revoked: [ofMember, ofApp],
      member: [ofMember],
      changes: [ofMember],
      app: [ofApp],
    };
    for (const [file, all] of Object.entries(refused))
      for (const said of all) {
        const answer = await take(`${file}?${query[said]}=nobody&${PERIOD}`);
        expect([file, said, answer.status, answer.text.includes(said)]).toEqual([file, said, 404, true]);
      }
  });

  it('has an accounting of disclosures: date, recipient with address, what, purpose, of six years', async () => {
    const old = accessEvent({ recorded: '2021-03-01T10:00:00.000Z', member: 'cora' });
    await world.deliver(asLines(old));
    const cora = fileLines(await take('disclosures.csv?patient=cora'));
    expect(cora[0]).toBe(
      '"date","times","recipient","address of the recipient","what was disclosed","purpose"',
    );
    expect(cora).toContain(
      '"Mar 1, 2021",1,"Health Diary (app-1), for Patient/anna","Diary Inc., https://diary.example, privacy@diary.example",' +
        '"ExplanationOfBenefit 1","Directed by somebody who acts for the individual: consent given to this app"',
    );
    expect(
      cora.some((line) => /"Night Owl \(app-3\), for Patient\/anna","no address known"/.test(line)),
    ).toBe(true);
    expect((await take('disclosures.csv?patient=cora&from=2019-01-01')).status).toBe(400);
    const paper = await take(`disclosures.pdf?patient=cora&${PERIOD}`);
    expect([paper.status, paper.headers['content-type']]).toEqual([200, 'application/pdf']);
    expect(paper.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(paper.bytes.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBe(1);
  });

  it('is linked on the page about a member: the accounting of six years, and the one of the days of the page', async () => {
    const recorded = new Date(Date.now() - 5 * 365 * 86_400_000);
    await world.deliver(asLines(accessEvent({ recorded: recorded.toISOString(), member: 'ben' })));
    const { text } = await take(`member?patient=ben&${PERIOD}`);
    const links = [...text.matchAll(/href="\/audit\/northwind\/(disclosures\.csv\?[^"]*)"/g)];
    const files = [];
    for (const [, link = ''] of links) files.push((await take(link.replaceAll('&amp;', '&'))).text);
    const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'America/New_York' });
    expect(files.map((file) => file.includes(`"${day.format(recorded)}"`))).toEqual([true, false]);
    expect(files[1]).toContain('from 2026-11-01 to 2026-11-30 (America/New_York)');
  });

  it('lists the members whose data an app got, with name, what, when and the rule that may apply', async () => {
    const lines = fileLines(await take(`notice.csv?${PERIOD}&app=app-3`));
    expect(lines[0]).toBe(
      '"patient","patient today","name","member number","first","last","times","of these interrupted","what was disclosed","to apps","rule that may apply"',
    );
    expect(lines[1]).toMatch(
      /^"cora","cora","Cora Baker","M-1003","2026-11-17T07:30:00.000Z","2026-11-17T07:30:00.000Z",\d+,0,"Coverage \d+","app-3","16 CFR 318: /,
    );
    expect(lines.slice(2)).toEqual([
      expect.stringContaining('45 CFR 164.404'),
      expect.stringContaining(
        '"End of file. Complete: 1 members whose data was disclosed to app app-3 from 2026-11-01 to 2026-11-30 (America/New_York).',
      ),
    ]);
  });

  it('lists the members of whom one address or one login got something', async () => {
    expect(fileLines(await take(`notice.csv?${PERIOD}&address=198.51.100.1`)).at(-1)).toContain(
      'Complete: 0 members',
    );
    for (const who of ['login=login-1', 'login=anna.alvarez', 'address=192.0.2.7']) {
      const login = fileLines(await take(`notice.csv?${PERIOD}&${who}`));
      expect(login.map((line) => line.split(',')[0])).toEqual(expect.arrayContaining(['"anna"', '"cora"']));
    }
  });
});
