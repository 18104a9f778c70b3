import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { COMPILE_CACHE } from '@patient-access/testing';
import * as jose from 'jose';
import type { CommandTools } from '../../src/commands/command.ts';
import {
  metadataProblems,
  secretProblems,
  loginProblems,
} from '../../src/domain/administration/plans/federation-problems.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { openSecret } from '../../src/domain/tenant/federation-settings.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { type EndedCommand, adminHere } from '../administration.ts';
import { takeEvents } from '../events.ts';
import { federation, type FederatedWorld, startFederatedWorld } from './world.ts';

/** For a command that is a process of its own. */
const COMMANDS_MS = 180_000;

describe('tenant configure', () => {
  let all: FederatedWorld;
  let pool: Pool;
  let tools: CommandTools;
  beforeAll(async () => {
    all = await startFederatedWorld();
    pool = await createPool(all.world.databaseUrl, { max: 4, ...COMMAND });
    tools = { prisma: createPrisma(pool), pool, masters: [all.world.master] };
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await all?.stop();
  });

  const admin = (args: string[], input: object | string = '') =>
    adminHere(tools, args, typeof input === 'string' ? input : JSON.stringify(input));
  /** Runs the compiled command. */
  async function adminProcess(args: string[], input: string): Promise<EndedCommand> {
    const program = join(import.meta.dirname, '../../dist/admin.js');
    const env = {
      ...COMPILE_CACHE,
      DATABASE_URL: all.world.databaseUrl,
      KEY_ENCRYPTION_KEY: all.world.master.toString('base64url'),
    };
    const child = spawn(process.execPath, [program, ...args], { env });
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    child.stdin.end(input);
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, said };
  }
  const configure = (settings: object, ...more: string[]) =>
    admin(['tenant', 'configure', '--id', 'northwind', ...more], settings);
  const stored = async () =>
    (await all.world.db.query(`SELECT settings::text AS text FROM tenant WHERE id = 'northwind'`)).rows[0];

  it('merge-listed refuses a list in which an object has a name twice, as the settings do', async () => {
    const list = '{"merges":[],"merges":[]}';
    const { code, said } = await adminProcess(['identity', 'merge-listed', '--tenant', 'northwind'], list);
    expect([code, said]).toEqual([1, expect.stringContaining('column 14: its object has this name')]);
  });

  it(
    'leaves an event that names what changed, and no value',
    async () => {
      await takeEvents(all.world);
      const set = [
        'tenant',
        'set',
        '--id',
        'northwind',
        '--setting',
        'federation.fourEyes',
        '--value',
        'true',
      ];
      expect(await admin([...set, '--unchecked'])).toMatchObject({ code: 0 });
      const [event] = await takeEvents(all.world);
      expect(event).toMatchObject({ kind: 'administration', action: 'tenant-configure' });
      expect(event?.request).toBe('settings: federation.fourEyes');
    },
    COMMANDS_MS,
  );

  it(
    'asks the provider before the settings are in force, and leaves the former ones when something is wrong',
    async () => {
      const before = await stored();
      const wrong: [object, string][] = [
        [{ ...federation(all.idp), issuer: `${all.idp.issuer}/` }, 'letter for letter'],
        [{ ...federation(all.idp), issuer: 'http://127.0.0.1:9' }, 'cannot be read'],
        [{ ...federation(all.idp), idTokenAlg: 'PS256' }, 'idTokenAlg'],
      ];
      for (const [settings, words] of wrong) {
        const { code, said } = await configure({ federation: settings });
        expect([code, said]).toEqual([1, expect.stringContaining(words)]);
      }
      expect(await configure({ passwordLogin: false })).toMatchObject({ code: 1 });
      const twice = '{"passwordLogin": true,\n "passwordLogin": false}';
      const { code, said } = await admin(['tenant', 'configure', '--id', 'northwind'], twice);
      expect([code, said]).toEqual([
        1,
        expect.stringContaining('line 2, column 2: its object has this name'),
      ]);
      expect(await stored()).toEqual(before);
      expect(await configure({ federation: wrong[1]?.[0] }, '--unchecked')).toMatchObject({ code: 0 });
      expect(await configure({ federation: federation(all.idp) })).toEqual({ code: 0, said: '' });
    },
    COMMANDS_MS,
  );

  it(
    'shows all settings without secrets, keeps what was not shown, and changes one',
    async () => {
      const { said } = await admin(['tenant', 'show', '--id', 'northwind']);
      const { settings } = JSON.parse(said) as { settings: { federation: Record<string, unknown> } };
      expect(settings.federation).toMatchObject({ clientSecret: '(sealed)', issuer: all.idp.issuer });
      expect(said).not.toContain('sealed:');
      const secretOf = async () => /"clientSecret": ?"([^"]+)"/.exec(String((await stored())?.['text']))?.[1];
      const before = await secretOf();
      expect(await configure(settings)).toEqual({ code: 0, said: '' });
      expect(await secretOf()).toBe(before);
      const set = (setting: string, value: string) =>
        admin(['tenant', 'set', '--id', 'northwind', '--setting', setting, '--value', value]);
      expect(await set('federation.require.acr', 'gold')).toEqual({ code: 0, said: '' });
      expect(await set('federation.memberClaim', '7')).toMatchObject({ code: 1 });
      const shown = (await admin(['tenant', 'show', '--id', 'northwind'])).said;
      expect(JSON.parse(shown)).toMatchObject({ settings: { federation: { require: { acr: 'gold' } } } });
      expect(await set('federation.require', 'null')).toEqual({ code: 0, said: '' });
      expect(await secretOf()).toBe(before);
    },
    COMMANDS_MS,
  );

  it(
    'takes a secret from standard input, where no history and no list of processes has it',
    async () => {
      const setting = ['--setting', 'federation.clientSecret', '--value', '-', '--unchecked'];
      const set = (secret: string) =>
        adminProcess(['tenant', 'set', '--id', 'northwind', ...setting], secret);
      expect(await set('the new secret\n')).toEqual({ code: 0, said: '' });
      const { settings } = JSON.parse(`{"settings":${String((await stored())?.['text'])}}`) as {
        settings: { federation: { clientSecret: string } };
      };
      const sealed = settings.federation.clientSecret;
      expect(openSecret([all.world.master], 'northwind', 'clientSecret', sealed)).toBe('the new secret');
    },
    COMMANDS_MS,
  );

  it('names what is wrong with a key', async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair('RS256', { extractable: true });
    const problemOf = (key: unknown) =>
      secretProblems({
        federation: { privateKey: typeof key === 'string' ? key : JSON.stringify(key) },
      }).join();
    const jwk = await jose.exportJWK(privateKey);
    expect(problemOf(await jose.exportPKCS8(privateKey))).toContain('is PEM');
    expect(problemOf(jwk)).toContain('has no alg');
    expect(problemOf({ ...(await jose.exportJWK(publicKey)), alg: 'RS256' })).toContain('public key');
    expect(problemOf('nonsense')).toContain('not JSON');
    expect(problemOf({ ...jwk, alg: 'RS256' })).toBe('');
  });

  it('names what does not fit together', () => {
    const settings = (change: object, others: object = {}) =>
      TenantSettings.parse({
        ...others,
        federation: { ...federation(all.idp), clientSecret: 'sealed:x', ...change },
      });
    expect(loginProblems(settings({}), 'preview')).toEqual([]);
    expect(loginProblems(settings({}), 'production').join()).toContain('https');
    expect(loginProblems(settings({ scope: 'profile' }), 'preview').join()).toContain('openid');
    expect(loginProblems(settings({}, { secondFactor: 'required' }), 'preview').join()).toContain(
      'secondFactor',
    );
    const plan = settings({ issuer: 'https://login.plan.example' }).federation;
    if (!plan) throw new Error('no federation');
    const good = {
      issuer: 'https://login.plan.example',
      token_endpoint: 'https://login.plan.example/token',
      jwks_uri: 'https://login.plan.example/keys',
    };
    expect(metadataProblems(plan, good)).toEqual([]);
    const bad: [object, string][] = [
      [{ issuer: 'https://login.plan.example/' }, 'letter for letter'],
      [{ token_endpoint: 'https://elsewhere.example/token' }, 'elsewhere.example'],
      [{ jwks_uri: undefined }, 'no jwks_uri'],
      [{ token_endpoint_auth_methods_supported: ['client_secret_jwt'] }, 'client_secret_jwt'],
      [{ token_endpoint_auth_methods_supported: ['tls_client_auth'] }, 'by mutual TLS alone'],
      [
        { token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'] },
        'It accepts private_key_jwt',
      ],
      [{ require_pushed_authorization_requests: true }, 'pushed'],
      [{ require_signed_request_object: true }, 'signed authorization requests'],
      [{ response_modes_supported: ['query.jwt', 'form_post'] }, 'in the query'],
      [{ code_challenge_methods_supported: ['plain'] }, 'PKCE'],
    ];
    for (const [change, words] of bad)
      expect(metadataProblems(plan, { ...good, ...change }).join()).toContain(words);
  });
});
