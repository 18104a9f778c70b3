/** The migration puts events that were stored before the chain existed into the chain. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import { transferOf } from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import { storedBody } from '@patient-access/fhir-store';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import { auditEvent } from '../../src/audit-event.ts';
import { genesis, link } from '../../src/chain.ts';
import { columnsOf } from '../../src/columns.ts';
import { eventsOfEveryKind } from '../events.ts';

const ENGINE = join(import.meta.dirname, '../../../../libs/fhir-store/prisma/migrations');
const OWN = join(import.meta.dirname, '../../prisma/migrations');
const THIS = '20261125070000';

describe('AuditEvents that were stored before the trail was one table', () => {
  const before = mkdtempSync(join(tmpdir(), 'patient-access-migrations-'));
  let postgres: Postgres;
  let admin: pg.Pool;
  const kindsOfThen = eventsOfEveryKind().filter(({ kind }) => kind !== 'trail' && kind !== 'ingest');
  const stored = kindsOfThen.map((event, at) => {
    const resource = auditEvent({ ...event, tenant: at % 2 ? 'lakeside' : 'northwind' });
    // Old events had the request id as an entity, and no code of our own for a login or a launch.
    if (event.kind === 'login' || event.kind === 'launch')
      resource['subtype'] = (resource['subtype'] as object[]).slice(0, 1);
    if (event.kind === 'token' && event.action === 'issue')
      (resource['subtype'] as object[]).push({
        system: 'urn:payer-patient-access:event',
        code: 'token-issue',
      });
    const extension = resource['extension'] as { url: string }[];
    resource['extension'] = extension.filter(({ url }) => !url.endsWith(':request-id'));
    const time = new Date(Date.UTC(2026, 8 + (at % 3), 1, at)).toISOString();
    return {
      tenant: at % 2 ? 'lakeside' : 'northwind',
      time,
      id: resource.id,
      body: storedBody(resource, '1', time),
    };
  });

  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'audit', () => 'test', ['ingest', 'auditor']);
    admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'audit'), max: 1 });
    admin.on('error', () => undefined);
    for (const folder of [ENGINE, OWN])
      for (const name of readdirSync(folder).filter((each) => each < THIS || each.endsWith('.toml')))
        cpSync(join(folder, name), join(before, name), { recursive: true });
    await applyMigrations(urls.owner, before);
    for (const { tenant, time, id, body } of stored)
      await admin.query(
        `INSERT INTO resource (tenant, member, type, id, version, last_updated, body, hash)
         VALUES ($1, 'anna', 'AuditEvent', $2, 1, $3, $4, '')`,
        [tenant, id, time, body],
      );
    await applyMigrations(urls.owner, ENGINE, OWN);
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
    rmSync(before, { recursive: true });
  });

  it('are counted as transfers by the current rules', async () => {
    const expected = eventsOfEveryKind().flatMap((event, at) => {
      const transfer = transferOf(event);
      return transfer ? [`${at % 2 ? 'lakeside' : 'northwind'} anna ${transfer.client} ${transfer.day}`] : [];
    });
    expect(expected.length).toBeGreaterThan(0);
    const { rows } = await admin.query<{ of: string }>(
      `SELECT concat_ws(' ', tenant, member, client, day) AS of FROM trail.transfer ORDER BY 1`,
    );
    expect(rows.map(({ of }) => of)).toEqual([...new Set(expected)].sort());
  });

  it.each(['northwind', 'lakeside'])('are in the chain of %s in their order of storing', async (tenant) => {
    const { rows } = await admin.query<Record<string, unknown> & { id: string; body: string; hash: Buffer }>(
      'SELECT * FROM trail.audit_event WHERE tenant = $1 ORDER BY seq',
      [tenant],
    );
    const expected = stored.filter((row) => row.tenant === tenant).sort((a, b) => (a.time < b.time ? -1 : 1));
    expect(rows.map(({ body }) => body)).toEqual(expected.map(({ body }) => body));
    let previous = genesis(tenant);
    for (const [at, { id, body, hash, ...row }] of rows.entries()) {
      previous = link(previous, at + 1, id, body);
      expect(hash.equals(previous)).toBe(true);
      const { recorded, ...columns } = columnsOf(JSON.parse(body) as Resource);
      expect(row).toMatchObject({ ...columns, recorded: new Date(recorded) });
    }
    const { rows: heads } = await admin.query('SELECT hash FROM trail.chain_head WHERE tenant = $1', [
      tenant,
    ]);
    expect(heads).toEqual([{ hash: previous }]);
  });
});
