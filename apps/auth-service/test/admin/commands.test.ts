import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createPool, type Pool } from '@patient-access/database';
import { parseRecord } from '@patient-access/events';
import { optionsOf, parseCommandLine } from '@patient-access/platform/command-usage';
import { COMPILE_CACHE } from '@patient-access/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ADMIN_COMMANDS, ADMIN_OPTIONS, ADMIN_USAGE } from '../../src/commands/commands.ts';
import { createPrisma } from '../../src/domain/database.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import { getTokens, introspect, post, REDIRECT, registerApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

type Printed = Record<string, string | boolean | object | undefined>;

it.each(['constructor', 'client list more'])('npm run admin -- %s is no command', (words) => {
  const command = join(import.meta.dirname, '../../dist/admin.js');
  const { status, stderr } = spawnSync(process.execPath, [command, ...words.split(' ')], {
    env: COMPILE_CACHE,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^usage:\n/)]);
});

it('npm run admin -- sessions end --login maria is refused: it would end the sessions of everybody', () => {
  const command = join(import.meta.dirname, '../../dist/admin.js');
  const { status, stderr } = spawnSync(process.execPath, [command, 'sessions', 'end', '--login', 'maria'], {
    env: COMPILE_CACHE,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, 'sessions end takes no --login\n']);
});

it('npm run admin -- tenant suspend with two plans is refused: it would suspend the second one alone', () => {
  const command = join(import.meta.dirname, '../../dist/admin.js');
  const words = ['tenant', 'suspend', '--id', 'northwind', '--id', 'lakeside'];
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], {
    env: COMPILE_CACHE,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, '--id is there several times\n']);
});

it('each command says what it takes, and each option belongs to one', () => {
  const commands = Object.keys(ADMIN_COMMANDS);
  const takeNothing = ['keys reseal', 'seed'];
  const taken = new Map(commands.map((command) => [command, optionsOf(ADMIN_USAGE, command)]));
  expect(commands.filter((command) => taken.get(command)?.size === 0)).toEqual(takeNothing);
  const all = new Set([...taken.values()].flatMap((options) => [...options]));
  expect([...all, 'help'].toSorted()).toEqual(Object.keys(ADMIN_OPTIONS).toSorted());
});

describe('npm run admin -- client', () => {
  let world: World;
  let pool: Pool;
  let prisma: PrismaClient;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    prisma = createPrisma(pool);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  /**
   * Runs a command like `admin.ts`, without a process of its own.
   *
   * @returns what is printed
   */
  async function admin(...args: string[]): Promise<Printed> {
    const { positionals, values } = parseCommandLine({
      args,
      options: ADMIN_OPTIONS,
      allowPositionals: true,
    });
    const command = ADMIN_COMMANDS[positionals.join(' ')];
    if (!command) throw new Error(`no command ${positionals.join(' ')}`);
    const given = { tenant: 'northwind', ...values } as never;
    return (await command({ prisma, pool, masters: [world.master] }, given)) as Printed;
  }

  it('registers, verifies, changes, rotates, lists and deletes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'client-'));
    const made = await admin(
      'client',
      'register',
      '--name',
      'Diary',
      '--redirect-uri',
      REDIRECT,
      '--redirect-uri',
      `${REDIRECT}/2`,
      '--launch-url',
      'https://app.example/launch',
      '--auth-method',
      'client_secret_post',
      '--publisher',
      'Diary Inc.',
      '--domain',
      'app.example',
      '--contact',
      'help@app.example',
    );
    expect(made).toMatchObject({
      redirect_uris: [REDIRECT, `${REDIRECT}/2`],
      initiate_login_uri: 'https://app.example/launch',
      token_endpoint_auth_method: 'client_secret_post',
      client_secret: expect.any(String),
      verified: true,
      publisher: 'Diary Inc.',
      contacts: ['help@app.example'],
    });
    const client = ['--client', String(made['client_id'])];
    expect(
      await admin('client', 'set', ...client, '--policy-uri', 'https://app.example/privacy'),
    ).toMatchObject({
      policy_uri: 'https://app.example/privacy',
      client_name: 'Diary',
      verified: true,
    });
    const rotated = await admin('client', 'rotate-secret', ...client, '--overlap-hours', '1');
    expect(rotated['client_secret']).not.toBe(made['client_secret']);
    const file = join(directory, 'jwks.json');
    await writeFile(file, '{"keys":[]}');
    await expect(admin('client', 'set', ...client, '--jwks-file', file)).rejects.toThrow(/^jwks/);
    await writeFile(file, '{"keys":[],"keys":[]}');
    await expect(admin('client', 'set', ...client, '--jwks-file', file)).rejects.toThrow(
      'column 12: its object has this name already',
    );
    await rm(directory, { recursive: true });
    const listed = (await admin('client', 'list')) as unknown as Printed[];
    expect(listed.find(({ client_id }) => client_id === made['client_id'])).toEqual(
      await admin('client', 'show', ...client),
    );
    await admin('client', 'delete', ...client);
    await expect(admin('client', 'show', ...client)).rejects.toThrow(/^no client/);
  });

  it('registers nothing whose addresses are not on the domain that the plan vouches for', async () => {
    const names = async () =>
      ((await admin('client', 'list')) as unknown as Printed[]).map(({ client_name }) => client_name);
    const facts = ['--name', 'Elsewhere', '--redirect-uri', REDIRECT, '--publisher', 'Diary Inc.'];
    await expect(admin('client', 'register', ...facts, '--domain', 'diary.example')).rejects.toThrow(
      'domain: app.example is not diary.example',
    );
    expect(await names()).not.toContain('Elsewhere');
    await world.db.query('DELETE FROM outbox');
    await admin('client', 'register', ...facts, '--domain', 'app.example');
    expect(await names()).toContain('Elsewhere');
    const events = await takeEvents(world);
    expect(events.map(({ action }) => action).sort()).toEqual(['client-register', 'client-verify']);
  });

  it('O38: bans a client at once, while the server runs', async () => {
    const app = await registerApp(world);
    const tokens = await getTokens(world, app);
    await world.db.query('DELETE FROM outbox');
    await admin('client', 'ban', '--client', app.client_id, '--reason', 'sells data');
    expect((await introspect(world, String(tokens['access_token']))).body).toEqual({ active: false });
    const { rows } = await world.db.query<{ body: string }>(
      'SELECT body FROM outbox ORDER BY created_at, sequence',
    );
    const parsed = rows.map(({ body }) => parseRecord(body));
    expect(parsed).toContainEqual({
      event: expect.objectContaining({
        action: 'client-ban',
        user: expect.objectContaining({ sub: userInfo().username }),
      }),
    });
    await admin('client', 'unban', '--client', app.client_id);
    expect((await admin('client', 'show', '--client', app.client_id))['banned_at']).toBeUndefined();
  });

  it('creates, lists and revokes initial access tokens', async () => {
    const strict = ['--tenant', 'strict'];
    const made = await admin(
      'token',
      'create',
      ...strict,
      '--uses',
      '2',
      '--days',
      '3',
      '--note',
      'for Diary Inc.',
    );
    expect(made).toMatchObject({ uses_left: 2, note: 'for Diary Inc.', token: expect.any(String) });
    const send = () =>
      post(
        `${tenantOf(world, 'strict').issuer}/register`,
        { redirect_uris: [REDIRECT] },
        {
          authorization: `Bearer ${String(made['token'])}`,
        },
      );
    expect((await send()).status).toBe(201);
    const listed = (await admin('token', 'list', ...strict)) as unknown as Printed[];
    expect(listed).toMatchObject([{ id: made['id'], uses_left: 1 }]);
    expect(JSON.stringify(listed)).not.toContain(made['token']);
    await admin('token', 'revoke', ...strict, '--token', String(made['id']));
    expect((await send()).status).toBe(401);
    await expect(admin('token', 'revoke', ...strict, '--token', String(made['id']))).rejects.toThrow(
      /^no token/,
    );
  });

  it.each([
    [['client', 'show'], '--client <id> is missing'],
    [['client', 'list', '--tenant', 'nowhere'], 'no tenant "nowhere"'],
    [
      ['client', 'register', '--redirect-uri', 'x'],
      'redirect_uris must be fixed absolute URIs, without wildcards',
    ],
    [['token', 'create', '--uses', '0'], 'uses'],
  ])('explains what is wrong with %j', async (args, message) => {
    await expect(admin(...args)).rejects.toThrow(message);
  });

  it.each([
    [['--number', 'M-404'], 'no login has this number'],
    [['--subject', 'nobody'], 'no login has this subject'],
    [['--auditor', '--login', 'kim'], 'this login has no link to the identity provider or a member number'],
  ])('says on standard error that identity show %j has found nobody', async (args, line) => {
    const said = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      expect(await admin('identity', 'show', ...args)).toEqual([]);
      expect(said.mock.calls).toEqual([[`${line}\n`]]);
    } finally {
      said.mockRestore();
    }
  });

  it('has what it tells of persons in the trail, by the operator and the command', async () => {
    await takeEvents(world);
    const relations = (await admin('relation', 'list', '--login', 'maria.many')) as unknown as {
      id: string;
    }[];
    expect(relations.length).toBeGreaterThan(0);
    await admin('identity', 'show', '--login', 'nobody.at.all');
    await admin('identity', 'show', '--auditor', '--login', 'kim');
    const persons = relations.map(({ id }) => id);
    const read = { kind: 'account', action: 'read-identities', request: 'admin identity show' };
    expect(await takeEvents(world)).toMatchObject([
      {
        ...{ kind: 'account', action: 'read-relations', request: 'admin relation list', outcome: '0' },
        ...{ counts: { Person: persons.length }, resources: { Person: persons.join(' ') } },
        user: { iss: 'urn:payer-patient-access:administration', sub: userInfo().username },
      },
      { ...read, counts: { Person: 0 } },
      { ...read, counts: { Person: 0 } },
    ]);
  });

  it('has everybody in the trail whose card a link shows, not only her who has made it', async () => {
    await world.db.query(
      `INSERT INTO card_link (tenant, address_digest, sub, member, coverage, basis, payload, max_uses, until, expires_at)
       SELECT tenant, 'digest of ' || patient, sub, patient, 'C1', 'basis', 'jwe', 1, now() + interval '1 day', now() + interval '9 days'
         FROM account_member JOIN account USING (tenant, sub)
        WHERE tenant = 'northwind' AND login = 'paul.parent' AND relationship <> 'self'`,
    );
    await takeEvents(world);
    const links = await admin('card-link', 'list', '--login', 'paul.parent');
    const shown = (links as unknown as { member: string }[]).map(({ member }) => member);
    expect([shown.length > 0, shown.includes('paul')]).toEqual([true, false]);
    const [act, told, ...more] = await takeEvents(world);
    expect([act?.action, act?.member, more]).toEqual(['card-link-list', 'paul', []]);
    expect([told?.action, told?.request]).toEqual(['read-card-links', 'admin card-link list']);
    expect(told?.resources?.['Person']?.split(' ').sort()).toEqual(['paul', ...shown].sort());
  });

  it('tells nothing of persons when that cannot be recorded', async () => {
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      await expect(admin('relation', 'list', '--login', 'maria.many')).rejects.toThrow('outbox');
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
  });
});
