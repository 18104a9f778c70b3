/** What k8s/postgres.sh prints, at a Postgres whose administrator is no superuser, as at a provider. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import { databaseOf, SERVICES_WITH_DATABASE, TOPOLOGY } from '@patient-access/topology';
import pg from 'pg';

const ROOT = resolve(import.meta.dirname, '../..');

/** Up to version 15 a membership has no options, so it is a whole one. */
const has = (option: string) => `coalesce((to_jsonb(m) ->> '${option}')::boolean, true)`;

/** As psql does: what a query before `\\gexec` returns is run. */
async function run(client: pg.Client, line: string): Promise<void> {
  const [sql = '', isMade] = line.split('\\gexec');
  const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
  if (isMade !== undefined) for (const statement of rows.flat()) await client.query(statement);
}

async function asUser<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('the SQL that k8s/postgres.sh prints', () => {
  let folder: string;
  let postgres: Postgres;
  let sql: string;
  /** @returns the URL that the Secrets have, at this server */
  const urlOf = (role: string, database?: string): string => {
    const url = new URL(readFileSync(join(folder, `${role}_url`), 'utf8').trim());
    const { host } = new URL(postgres.adminUrl);
    return `postgres://${url.username}:${url.password}@${host}/${database ?? url.pathname.slice(1)}`;
  };

  let admin: string;
  /** @param isAgain the roles are those of this installation */
  const print = (isAgain: boolean): string =>
    execFileSync('sh', [join(ROOT, 'k8s/postgres.sh'), folder], {
      encoding: 'utf8',
      env: { ...process.env, AGAIN: isAgain ? 'yes' : '' },
    });
  const runAll = (url: string, text: string): Promise<void> =>
    asUser(url, async (client) => {
      for (const line of text.trimEnd().split('\n')) await run(client, line);
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'patient-access-postgres-'));
    execFileSync('sh', [join(ROOT, 'docker/secrets.sh'), folder], { stdio: 'ignore' });
    postgres = await startPostgres();
    await asUser(postgres.adminUrl, (client) =>
      client.query("CREATE ROLE provider LOGIN CREATEDB CREATEROLE PASSWORD 'p'"),
    );
    const provider = new URL(postgres.adminUrl);
    [provider.username, provider.password] = ['provider', 'p'];
    // Twice: an administrator begins again after a mistake.
    for (let made = 0; made < 2; made += 1) {
      sql = print(made > 0);
      await runAll(String(provider), sql);
    }
    admin = String(provider);
  }, 180_000);
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes each database with the roles of the topology, of which none is strong', async () => {
    const roles = SERVICES_WITH_DATABASE.flatMap((service) =>
      ['owner', ...(TOPOLOGY[service].database?.roles ?? [])].map((end) => `${databaseOf(service)}_${end}`),
    );
    const { rows } = await asUser(postgres.adminUrl, (client) =>
      client.query<{ name: string; strong: boolean; members: number }>(
        `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole AS strong,
                (SELECT count(*)::int FROM pg_auth_members m
                  WHERE m.roleid = r.oid AND (${has('set_option')} OR ${has('inherit_option')})) AS members
           FROM pg_roles r WHERE rolname !~ '^pg_' AND rolname ~ '_(owner|service|ingest|auditor)$' ORDER BY 1`,
      ),
    );
    expect(rows).toEqual(roles.sort().map((name) => ({ name, strong: false, members: 0 })));
  });

  it('ends at a server that has such roles, before it changes one', async () => {
    await expect(runAll(admin, print(false))).rejects.toThrow(/another one would be locked out/);
    const { rows } = await asUser(urlOf('claims_service'), (client) => client.query('SELECT current_user'));
    expect(rows).toEqual([{ current_user: 'claims_service' }]);
  });

  it('has no password, and what Postgres keeps of each', async () => {
    const passwords = readdirSync(folder)
      .filter((name) => name.endsWith('_url'))
      .map((name) => new URL(readFileSync(join(folder, name), 'utf8').trim()).password);
    expect(passwords.length).toBeGreaterThan(10);
    for (const password of passwords) expect(sql).not.toContain(password);
    const { rows } = await asUser(postgres.adminUrl, (client) =>
      client.query<{ kept: string }>(
        `SELECT rolpassword AS kept FROM pg_authid WHERE rolname !~ '^pg_' AND rolname ~ '_(owner|service|ingest|auditor)$'`,
      ),
    );
    for (const { kept } of rows) expect(sql).toContain(`PASSWORD '${kept}'`);
  });

  it('lets a role reach its own database with its password, and no other', async () => {
    const { rows } = await asUser(urlOf('claims_service'), (client) => client.query('SELECT current_user'));
    expect(rows).toEqual([{ current_user: 'claims_service' }]);
    const wrong = new URL(urlOf('claims_service'));
    wrong.password = 'wrong';
    await expect(asUser(String(wrong), (client) => client.query('SELECT 1'))).rejects.toThrow(
      /password authentication failed/,
    );
    await expect(
      asUser(urlOf('claims_service', 'audit'), (client) => client.query('SELECT 1')),
    ).rejects.toThrow(/permission denied for database/);
  });

  it.each(SERVICES_WITH_DATABASE)(
    'lets the owner migrate the database of %s',
    (service) => {
      const { status, stderr } = spawnSync(
        process.execPath,
        ['tools/migrate/main.ts', '--service', service],
        {
          cwd: ROOT,
          encoding: 'utf8',
          env: { ...process.env, OWNER_DATABASE_URL: urlOf(`${databaseOf(service)}_owner`) },
        },
      );
      expect([status, stderr]).toEqual([0, '']);
    },
    120_000,
  );
});
