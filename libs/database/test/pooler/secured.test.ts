/** PgBouncer as docs/operate.md asks for it: TLS on both sides, and passwords that are proved by SCRAM. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canRunPooler,
  makeAuthority,
  makeCertificate,
  type Pooler,
  type Postgres,
  startPooler,
  startPostgres,
} from '@patient-access/testing';
import pg from 'pg';
import { createPool, createReadPool, provisionDatabase } from '../../src/index.ts';
import { switchOnTls } from '../server-tls.ts';

/** What both kinds of pool have. */
type Create = (
  url: string,
  options: { max: number },
) => Promise<{ query(text: string): Promise<{ rows: unknown[] }>; end(): Promise<void> }>;

/** Of the connection from PgBouncer to Postgres. */
const SERVER_SIDE = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

(canRunPooler() ? describe : describe.skip)('behind a pooler with TLS and SCRAM', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-secured-pooler-'));
  const authority = makeAuthority(folder, 'ours');
  const others = makeAuthority(folder, 'others');
  const server = makeCertificate(folder, authority, 'pooler', 'IP:127.0.0.1');
  let postgres: Postgres;
  let direct: string;
  let pooler: Pooler;
  const verifying = (url: string, by = authority) =>
    `${url}?sslmode=verify-full&sslrootcert=${by.certificateFile}`;
  const secured = (authorityFile: string) => ({ size: 2, secured: { server, authorityFile } });

  beforeAll(async () => {
    postgres = await startPostgres();
    direct = (await provisionDatabase(postgres.adminUrl, 'things', () => 'test')).service;
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    await switchOnTls(admin, makeCertificate(folder, authority, 'postgres', 'IP:127.0.0.1'));
    await admin.end();
    pooler = await startPooler([direct], secured(authority.certificateFile));
  }, 60_000);
  afterAll(async () => {
    await pooler?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true });
  });

  it.each<[string, Create]>([
    ['a pool', createPool],
    ['a pool for reading', createReadPool],
  ])('%s encrypts both ways', async (_what, create) => {
    const pool = await create(verifying(pooler.through(direct)), { max: 2 });
    const { rows } = await pool.query(SERVER_SIDE);
    expect(rows).toEqual([{ ssl: true }]);
    await pool.end();
  });

  it('nobody comes without TLS, with a wrong password, or to a pooler of another authority', async () => {
    const through = pooler.through(direct);
    await expect(createPool(through, { max: 1 })).rejects.toThrow('SSL required');
    const guessed = through.replace(':test@', ':guess@');
    await expect(createPool(verifying(guessed), { max: 1 })).rejects.toThrow('SASL authentication failed');
    await expect(createPool(verifying(through, others), { max: 1 })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('the pooler takes no Postgres of another authority', async () => {
    const misled = await startPooler([direct], secured(others.certificateFile));
    await expect(createPool(verifying(misled.through(direct)), { max: 1 })).rejects.toThrow();
    await misled.stop();
  });
});
