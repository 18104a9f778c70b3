/** Who somebody is, for an auditor: asked by audit-service with the auditor's own credential. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DirectoryAnswer, SURVIVORS_HEADER } from '@patient-access/internal-api';
import { registerApp } from '../app.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { GATEWAY_BASIC, PASSWORD, startWorld, type World } from '../world.ts';

const LOGIN = 'audrey.auditor';

describe('the directory', () => {
  let world: World;
  let jwt: string;
  beforeAll(async () => {
    world = await startWorld();
    const browser = new Browser(world.url);
    const door = `${world.url}/auth/northwind/console`;
    await browser.logIn(await browser.open(door), LOGIN, PASSWORD);
    const session = await fetch(`${world.url}/internal/northwind/auditor-session`, {
      headers: { cookie: browser.cookieHeader(door), authorization: GATEWAY_BASIC },
    });
    jwt = await session.text();
    await world.db.query(
      `INSERT INTO plan_member (tenant, number, patient, relationship, name, position)
       VALUES ('northwind', 'M-77', 'nora', 'self', 'Nora Number', 0)`,
    );
  }, 60_000);
  afterAll(() => world?.stop());

  const ask = (
    question: object,
    authorization = `Bearer ${jwt}`,
    tenant = 'northwind',
    more: Record<string, string> = {},
  ) =>
    fetch(`${world.url}/internal/${tenant}/directory`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'x-request-id': randomUUID(), ...more },
      body: JSON.stringify(question),
    });
  const answerTo = async (question: object, more = {}) =>
    (await (await ask(question, undefined, undefined, more)).json()) as DirectoryAnswer;

  it('finds a member by login, part of a name, member number and Patient id', async () => {
    const [maria] = (await answerTo({ find: 'maria.many' })).people;
    expect(maria?.logins).toContain('maria.many');
    const { name = '', patient = '' } = maria ?? {};
    for (const find of [name, name.slice(1).toUpperCase(), patient])
      expect((await answerTo({ find })).people.map((person) => person.patient)).toContain(patient);
    expect((await answerTo({ find: 'M-77' })).people).toEqual([
      { patient: 'nora', name: 'Nora Number', numbers: ['M-77'], logins: [] },
    ]);
    expect((await answerTo({ find: 'nobody at all' })).people).toEqual([]);
    expect((await answerTo({ find: 'M-7' })).people).toEqual([]);
  });

  it('finds a member by a number in other case where the plan says that case is the same', async () => {
    const found = async () => (await answerTo({ find: 'm-77' })).people.map(({ patient }) => patient);
    expect(await found()).toEqual([]);
    const federation = {
      issuer: 'http://127.0.0.1:9',
      name: 'Plan login',
      clientId: 'us',
      clientSecret: 'a secret of the provider',
      memberClaim: 'member',
      memberNumber: { ignoreCase: true },
    };
    await configure(world, { federation });
    expect(await found()).toEqual(['nora']);
    await configure(world, {});
  });

  it('tells names of members, and names and addresses of apps, by id; and the subject of a login', async () => {
    const { client_id: clientId } = await registerApp(world);
    const answer = await answerTo({ patients: ['nora', 'nobody'], apps: [clientId, 'no-app'], find: LOGIN });
    expect(answer.people.map(({ patient }) => patient)).toEqual(['nora']);
    expect(answer.apps.map(({ id }) => id)).toEqual([clientId]);
    expect(answer.logins).toEqual([{ sub: expect.any(String), login: LOGIN, role: 'auditor' }]);
    expect((await answerTo({ find: answer.logins[0]?.sub })).logins).toEqual(answer.logins);
    expect(answer.plan.name).not.toBe('');
  });

  it('tells whose records were merged into a member’s, in several steps too, and not what was undone or split', async () => {
    const change = (kind: string, from: string, to: string, state = 'done') =>
      world.db.query(
        `INSERT INTO person_change (tenant, kind, from_person, to_person, reason, state, former, begun_by)
         VALUES ('northwind', $1, $2, $3, 'two cards', $4, '{}', 'kim')`,
        [kind, from, to, state],
      );
    await change('merge', 'nora-1', 'nora-2');
    await change('merge', 'nora-2', 'nora');
    await change('merge', 'norman', 'nora', 'undone');
    await change('split', 'nora', 'nina');
    await change('split', 'nils', 'nora');
    expect((await answerTo({ patients: ['nora'] })).replaced).toEqual([
      { patient: 'nora-1', survivor: 'nora' },
      { patient: 'nora-2', survivor: 'nora' },
    ]);
    expect((await answerTo({ patients: ['nina'] })).replaced).toBeUndefined();
    const all = { patients: ['nora-1', 'norman', 'nora', 'nils'] };
    expect((await answerTo(all, { [SURVIVORS_HEADER]: 'true' })).survivors).toEqual([
      { patient: 'nora-1', survivor: 'nora' },
    ]);
    // The release before does not read them.
    expect(await answerTo(all)).not.toHaveProperty('survivors');
    expect(await answerTo(all)).not.toHaveProperty('stoodUnder');
    const stoodUnder = async (patient: string) =>
      (await answerTo({ patients: [patient] }, { [SURVIVORS_HEADER]: 'true' })).stoodUnder;
    expect(await stoodUnder('nina')).toEqual([{ patient: 'nina', under: 'nora' }]);
    expect(await stoodUnder('norman')).toEqual([{ patient: 'norman', under: 'nora' }]);
    expect(await stoodUnder('nils')).toEqual([{ patient: 'nora', under: 'nils' }]);
    expect(await stoodUnder('nobody')).toBeUndefined();
    await change('split', 'olga', 'otto', 'undone');
    expect(await stoodUnder('otto')).toEqual([{ patient: 'olga', under: 'otto' }]);
    // Who asks about one that was merged asks about the survivor too, from whom a split may have taken what came to her.
    const [merged] =
      (await answerTo({ patients: ['nora-1'] }, { [SURVIVORS_HEADER]: 'true' })).survivors ?? [];
    expect(await stoodUnder(merged?.survivor ?? '')).toContainEqual({ patient: 'nina', under: 'nora' });
    // Of whom she was merged with, too.
    await change('split', 'nele', 'nora-1');
    expect(await stoodUnder('nora')).toContainEqual({ patient: 'nora-1', under: 'nele' });
    await world.db.query('DELETE FROM person_change');
  });

  it('records each question with the auditor’s login before it answers', async () => {
    const id = randomUUID();
    const more = { 'x-request-id': id };
    await ask({ find: 'M-77' }, undefined, undefined, more);
    await ask({ patients: ['nora'] }, undefined, undefined, more);
    const { rows } = await world.db.query<{ body: string }>(
      "SELECT body FROM outbox WHERE body::json ->> 'requestId' = $1",
      [id],
    );
    const events = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(events.map(({ request }) => request).sort()).toEqual([
      'POST directory {"find":"M-77"}',
      'POST directory {"patients":["nora"]}',
    ]);
    for (const event of events)
      expect(event).toMatchObject({
        kind: 'rest',
        outcome: '0',
        user: { name: LOGIN },
        counts: { Person: 1 },
        resources: { Person: 'nora' },
      });
  });

  it('records a question on one line, whatever it asks (case A13)', async () => {
    const id = randomUUID();
    await ask({ find: 'M-77\u0085\u2028FAIL' }, undefined, undefined, { 'x-request-id': id });
    const { rows } = await world.db.query<{ request: string }>(
      "SELECT body::json ->> 'request' AS request FROM outbox WHERE body::json ->> 'requestId' = $1",
      [id],
    );
    expect(rows).toEqual([{ request: 'POST directory {"find":"M-77  FAIL"}' }]);
  });

  it('is closed to everybody but an auditor of this plan: A24', async () => {
    expect((await ask({ find: 'nora' }, '')).status).toBe(401);
    expect((await ask({ find: 'nora' }, GATEWAY_BASIC)).status).toBe(401);
    expect((await ask({ find: 'nora' }, `Bearer ${jwt}`, 'lakeside')).status).toBe(401);
    expect((await ask({ find: 'nora' }, `Bearer ${jwt.slice(0, -4)}AAAA`)).status).toBe(401);
    expect((await ask({ find: 'x'.repeat(400) })).status).toBe(400);
  });
});
