/** `sslmode=verify-full`: nobody between a service and Postgres can pass for Postgres (docs/operate.md). */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeAuthority, makeCertificate, type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import {
  createPool,
  createReadPool,
  isUnavailable,
  provisionDatabase,
  whyDatabaseIsAway,
} from '../../src/index.ts';
import { switchOnTls } from '../server-tls.ts';

/** What both kinds of pool have. */
type Create = (
  url: string,
  options: { max: number },
) => Promise<{ query(text: string): Promise<{ rows: unknown[] }>; end(): Promise<void> }>;

const IS_ENCRYPTED = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const WRONG_AUTHORITY = { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };
const WRONG_HOST = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };

describe('with verify-full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-verify-full-'));
  const authority = makeAuthority(folder, 'ours');
  const ours = authority.certificateFile;
  const others = makeAuthority(folder, 'others').certificateFile;
  let postgres: Postgres;
  let service: string;
  const verifying = (authorities: string, host = '127.0.0.1') =>
    `${service.replace('127.0.0.1', host)}?sslmode=verify-full&sslrootcert=${authorities}`;

  beforeAll(async () => {
    postgres = await startPostgres();
    service = (await provisionDatabase(postgres.adminUrl, 'claims', () => 'test')).service;
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    // It is good for the address and not for the name of the same machine.
    await switchOnTls(admin, makeCertificate(folder, authority, 'postgres', 'IP:127.0.0.1'));
    await admin.end();
  }, 60_000);
  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  it('whoever starts does not wait for a certificate to be believed', async () => {
    expect(await whyDatabaseIsAway(verifying(ours))).toBeUndefined();
    await expect(whyDatabaseIsAway(verifying(others))).rejects.toMatchObject(WRONG_AUTHORITY);
    await expect(whyDatabaseIsAway(verifying(ours, 'localhost'))).rejects.toMatchObject(WRONG_HOST);
  });

  describe.each<[string, Create]>([
    ['a pool', createPool],
    ['a pool for reading', createReadPool],
  ])('%s', (_what, create) => {
    it('encrypts its connections', async () => {
      const pool = await create(verifying(ours), { max: 1 });
      expect((await pool.query(IS_ENCRYPTED)).rows).toEqual([{ ssl: true }]);
      await pool.end();
    });

    it('refuses a certificate of another authority', async () => {
      await expect(create(verifying(others), { max: 1 })).rejects.toMatchObject(WRONG_AUTHORITY);
    });

    it('refuses a certificate for another host', async () => {
      await expect(create(verifying(ours, 'localhost'), { max: 1 })).rejects.toMatchObject(WRONG_HOST);
    });

    it('reads the authority’s file for each new connection, and refuses there too', async () => {
      const current = join(folder, 'current.pem');
      copyFileSync(ours, current);
      const pool = await create(verifying(current), { max: 2 });
      copyFileSync(others, current);
      // Two at once: a pool may still have the connection of its first look.
      const asked = await Promise.allSettled([pool.query(IS_ENCRYPTED), pool.query(IS_ENCRYPTED)]);
      expect(asked).toContainEqual({ status: 'rejected', reason: expect.objectContaining(WRONG_AUTHORITY) });
      // A request is answered 503 then: it may be well later.
      for (const each of asked) expect(each.status === 'fulfilled' || isUnavailable(each.reason)).toBe(true);
      await pool.end();
    });
  });
});
