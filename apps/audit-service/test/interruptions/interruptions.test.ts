/** An answer that broke off has two records of one request. Whoever reads one of them is told, wherever it is. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { createPool, type Pool } from '@patient-access/database';
import { type Answer } from '@patient-access/testing';
import { ID_PREFIX_CHARACTERS, idPrefixOf } from '../../src/audit-event.ts';
import { whoSaw } from '../../src/disclosures/who-saw.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { fileLines, pageWords } from '../console/trail.ts';
import { storeUnseen } from '../store-unseen.ts';
import { accessEvent, asLines, asMember, idOf, startWorld, type World } from '../world.ts';

const DAY = 'from=2026-11-10&to=2026-11-12';
const BROKEN = '019abcde-0000-7000-8000-00000000b0ff';

/** What the gateway, or an owner, records of an answer that broke off. */
const interruption = (change: Partial<AccessEvent> = {}): AccessEvent =>
  accessEvent({
    ...{ requestId: BROKEN, recorded: '2026-11-11T15:00:01.000Z', service: 'auth-service/gateway' },
    ...{ kind: 'attempt', action: 'interrupt', outcome: '4', reason: 'client-left', member: 'ben' },
    ...{ resource: undefined, counts: undefined, bodyHash: undefined, type: undefined, request: 'GET /*' },
    ...change,
  });

interface ServedEvent {
  id: string;
  outcome: string;
  outcomeDesc?: string;
  extension: { url: string; valueCode?: string }[];
}

describe('an answer that broke off', () => {
  let world: World;
  let auditor: Pool;
  const whole = accessEvent({ recorded: '2026-11-11T14:00:00.000Z', member: 'ben' });
  const broken = accessEvent({
    ...{ requestId: BROKEN, recorded: '2026-11-11T15:00:00.000Z', member: 'ben', action: 'search-type' },
    ...{ resource: undefined, type: 'Claim', request: 'GET Claim', counts: { Claim: 2 } },
    resources: { Claim: 'c-1 c-2/3' },
  });
  beforeAll(async () => {
    world = await startWorld();
    auditor = await createPool(world.urls.auditor, { max: 1, readOnly: true });
    // Two tell of it: the gateway, and the owner whose connection broke.
    const byOwner = interruption({ service: 'claims-service/edge', reason: 'client-left' });
    await world.deliver(asLines(interruption(), whole, broken, byOwner));
  });
  afterAll(async () => {
    await auditor?.end();
    await world?.stop();
  });

  const open = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);
  const rowsOf = ({ text }: Answer): number =>
    ((text.split('events</h2>')[1] ?? '').match(/<tr>\s*<td>[A-Z][a-z]{2} \d/g) ?? []).length;

  it.each([
    ['overview', `overview?${DAY}`],
    ['a member', `member?patient=ben&${DAY}`],
    ['an app', `app?app=app-1&${DAY}`],
    ['a search', `search?${DAY}`],
  ])('is one entry of the console, noted as interrupted: %s', async (_, path) => {
    const answer = await open(path);
    expect(rowsOf(answer)).toBe(2);
    const shown = pageWords(answer);
    expect(shown).toMatch(/rest search-type GET Claim interrupted: client-left at most Claim 2/);
    expect(shown.match(/: client-left/g)).toHaveLength(1);
    expect(shown).toMatch(/rest read ExplanationOfBenefit\/7\/_history\/2 given ExplanationOfBenefit 1/);
  });

  it('is found by its request id as one entry, and by its outcome', async () => {
    const byId = await open(`search?${DAY}&request=${BROKEN}`);
    expect([rowsOf(byId), pageWords(byId).includes('interrupted: client-left at most Claim 2')]).toEqual([
      1,
      true,
    ]);
    const byOutcome = await open(`search?${DAY}&outcome=interrupted`);
    expect([rowsOf(byOutcome), pageWords(byOutcome).match(/interrupted: client-left/g)?.length]).toEqual([
      2, 2,
    ]);
    const [, link = ''] =
      /href="\/audit\/northwind\/([^"]*)"\s*>What was on its way/.exec(byOutcome.text) ?? [];
    expect(pageWords(await open(link.replaceAll('&amp;', '&')))).toContain(
      'interrupted: client-left at most Claim 2',
    );
    expect(rowsOf(await open(`search?${DAY}&outcome=refused`))).toBe(0);
  });

  it('is found in the database by as much of an id as all records of its request share', async () => {
    const prefix = idPrefixOf({ tenant: 'northwind', requestId: BROKEN });
    expect(prefix).toHaveLength(ID_PREFIX_CHARACTERS);
    const records = async (id: string) => {
      const text = `SELECT count(*)::int AS n FROM trail.records_of_request('northwind', $1, '2026-11-01')`;
      return (await world.admin.query<{ n: number }>(text, [id])).rows[0]?.n;
    };
    expect(await records(idOf(broken))).toBe(3);
    // What follows is not looked at, and the last character is.
    expect(await records(`${prefix}x`)).toBe(3);
    expect(await records(`${prefix.slice(0, -1)}x`)).toBe(0);
  });

  it('is no refusal', async () => {
    expect(pageWords(await open(`refusals?${DAY}`))).toContain('By reason and app Nothing in this period.');
    expect(pageWords(await open(`app?app=app-1&${DAY}`))).toMatch(/Members Last Health Diary 2 0 3 1/);
  });

  it('is an entry of its own where the disclosure is in another period', async () => {
    const late = interruption({ requestId: broken.requestId, recorded: '2026-11-14T10:00:00.000Z' });
    await world.deliver(asLines({ ...late, service: 'coverage-service/edge' }));
    const answer = await open('search?from=2026-11-14&to=2026-11-14');
    expect([rowsOf(answer), /attempt interrupt .* interrupted: client-left/.test(pageWords(answer))]).toEqual(
      [1, true],
    );
  });

  it('is never given in the files: both records say so, in columns and as AuditEvents', async () => {
    const csv = fileLines(await open(`events.csv?${DAY}`)).filter((line) => line.includes(BROKEN));
    expect(csv.map((line) => /"(rest|attempt)","[a-z-]+","(\w+)","([a-z-]+)"/.exec(line)?.slice(1))).toEqual(
      expect.arrayContaining([
        ['rest', 'interrupted', 'client-left'],
        ['attempt', 'interrupted', 'client-left'],
      ]),
    );
    const events = fileLines(await open(`events.ndjson?${DAY}`)).map(
      (line) => JSON.parse(line) as ServedEvent,
    );
    expectMarked(events.filter(({ id }) => id === idOf(broken)));
    expect(events.find(({ id }) => id === idOf(whole))?.outcomeDesc).toBeUndefined();
  });

  it('stays as it was in a file of a time before it was known, so that a manifest holds', async () => {
    const requestId = '019abcde-0000-7000-8000-00000000b2ff';
    const of = { requestId, recorded: '2026-10-11T15:00:00.000Z' };
    await world.deliver(asLines(accessEvent(of)));
    const days = 'from=2026-10-11&to=2026-10-11';
    const [, upto] = /upto=([\d.]+)/.exec((await open(`search?${days}`)).text) ?? [];
    await world.deliver(asLines(interruption({ ...of, member: 'anna' })));
    const lineOf = async (query: string) => fileLines(await open(`events.csv?${query}`))[1];
    expect(await lineOf(`${days}&upto=${upto}`)).toContain('"rest","read","given"');
    expect(await lineOf(days)).toContain('"rest","read","interrupted","client-left"');
  });

  it('is a line of its own in the accounting of disclosures, which says that at most that left', async () => {
    const lines = fileLines(await open(`disclosures.csv?patient=ben&${DAY}`));
    expect(lines.slice(1, -1).map((line) => line.split('",')[3])).toHaveLength(2);
    expect(lines.join('\n')).toContain('"at most Claim 2: the answer was interrupted"');
    expect(lines.join('\n')).toContain('"ExplanationOfBenefit 1"');
  });

  it('is counted in the notice of a breach, whose member may have lost the data', async () => {
    const lines = fileLines(await open(`notice.csv?${DAY}&app=app-1`));
    expect(lines[0]).toContain('"times","of these interrupted","what was disclosed"');
    expect(lines[1]).toMatch(/^"ben",.*,2,1,"at most Claim 2, ExplanationOfBenefit 1"/);
  });

  const expectMarked = (events: readonly ServedEvent[]): void => {
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      outcomeDesc: 'interrupted: client-left. At most what is named here left.',
      extension: expect.arrayContaining([
        { url: 'urn:payer-patient-access:interrupted', valueCode: 'client-left' },
      ]),
    });
  };
  const found = ({ text }: Answer): ServedEvent[] =>
    (JSON.parse(text) as { entry?: { resource: ServedEvent }[] }).entry?.map(({ resource }) => resource) ??
    [];

  it('is marked in the search and the read of the FHIR API, for auditors and for the member', async () => {
    const askAuditor = await asAuditor(world, 'northwind');
    const askMember = await asMember(world, 'northwind', 'ben');
    for (const asks of [askAuditor, askMember]) {
      const all = found(
        await asks('AuditEvent?type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest'),
      );
      expectMarked(all.filter(({ id }) => id === idOf(broken)));
      expect(all.find(({ id }) => id === idOf(whole))?.outcomeDesc).toBeUndefined();
      expectMarked([JSON.parse((await asks(`AuditEvent/${idOf(broken)}`)).text) as ServedEvent]);
    }
  });

  it('is not told to an app that may not see the record about it', async () => {
    const requestId = '019abcde-0000-7000-8000-00000000b1ff';
    const seen = { ...broken, requestId, released: [], member: 'cora' };
    const hidden = interruption({ requestId, released: ['urn:labels|secret'], member: 'cora' });
    await world.deliver(asLines(seen, hidden));
    const [event] = found(await (await asMember(world, 'northwind', 'cora'))('AuditEvent'));
    expect([event?.id, event?.outcomeDesc]).toEqual([idOf(seen), undefined]);
  });

  it('is told by the service that gave the answer, or by the gateway, and by no other service', async () => {
    const requestId = '019abcde-0000-7000-8000-00000000b3ff';
    const day = { requestId, recorded: '2026-09-11T15:00:00.000Z', member: 'cora' };
    const forged = { ...day, service: 'coverage-service/edge', reason: 'forged' };
    await world.deliver(asLines(accessEvent(day), interruption(forged)));
    const period = 'from=2026-09-11&to=2026-09-11';
    expect(fileLines(await open(`events.csv?${period}`)).join()).toContain('"rest","read","given"');
    expect(fileLines(await open(`disclosures.csv?patient=cora&${period}`)).join()).not.toContain(
      'interrupted',
    );
    const askMember = await asMember(world, 'northwind', 'cora');
    const about = (event: ServedEvent) => event.id === idOf(accessEvent(day));
    expect(found(await askMember('AuditEvent')).find(about)?.outcomeDesc).toBeUndefined();
    const own = interruption({ ...forged, service: 'claims-service/edge', reason: 'client-left' });
    await world.deliver(asLines(own));
    expect(fileLines(await open(`events.csv?${period}`)).join()).toContain('"rest","read","interrupted"');
    expectMarked(found(await askMember('AuditEvent')).filter(about));
  });

  it('is told whatever reason was stored, so that each page can be read', async () => {
    const day = { requestId: randomUUID(), recorded: '2026-09-12T15:00:00.000Z', member: 'dora' };
    const told = interruption({ ...day, service: 'claims-service/edge', reason: 'a\tb\u0001 c' });
    await world.deliver(asLines(accessEvent(day)));
    const ingest = await createPool(world.urls.ingest, { max: 1 });
    await storeUnseen(ingest, told);
    await ingest.end();
    const answer = await (await asMember(world, 'northwind', 'dora'))('AuditEvent');
    expect(answer.status).toBe(200);
    const seen = found(answer).find(({ id }) => id === idOf(accessEvent(day)));
    expect(JSON.stringify(seen)).toContain('a-b--c');
  });

  it('is told of userinfo, too: in the console, its files, the FHIR API and the summary for the member', async () => {
    const requestId = '019abcde-0000-7000-8000-00000000b4ff';
    const day = { requestId, recorded: '2026-08-11T15:00:00.000Z', member: 'dora' };
    const nothing = { type: undefined, resource: undefined, counts: undefined, bodyHash: undefined };
    const userinfo = accessEvent({
      ...{ ...day, ...nothing, kind: 'account', action: 'read-userinfo', service: 'auth-service' },
    });
    await world.deliver(asLines(userinfo, interruption({ ...day, service: 'auth-service/edge' })));
    const period = 'from=2026-08-11&to=2026-08-11';
    const shown = await open(`search?${period}`);
    expect([rowsOf(shown), pageWords(shown).includes('interrupted: client-left')]).toEqual([1, true]);
    expect(fileLines(await open(`disclosures.csv?patient=dora&${period}`)).join()).toContain(
      '"at most userinfo 1: the answer was interrupted"',
    );
    expect(fileLines(await open(`notice.csv?${period}&app=app-1`))[1]).toMatch(/,1,1,"at most userinfo 1"/);
    const about = (event: ServedEvent) => event.id === idOf(userinfo);
    for (const asks of [await asAuditor(world, 'northwind'), await asMember(world, 'northwind', 'dora')])
      expectMarked(found(await asks('AuditEvent?date=2026-08-11')).filter(about));
  });

  it('is told to whoever asks who saw one record', async () => {
    const seen = await whoSaw(auditor, { tenant: 'northwind', member: 'ben', type: 'Claim', id: 'c-1' });
    expect(seen).toMatchObject([{ event: idOf(broken), interrupted: 'client-left' }]);
  });
});
