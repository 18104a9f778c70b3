/** Files that say what is gone, in the forms that plans' systems write. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type ImportOptions, importResources } from '../../store/import.ts';
import {
  bundle,
  deletion,
  explanation,
  importedCondition,
  importedProvenance,
  ndjson,
  patient,
} from '../resources.ts';
import { createWorld, type World } from '../world.ts';

/** How many resources each event of a deletion names, in order. */
async function deletionsIn(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ body: string }>('SELECT body FROM outbox ORDER BY sequence');
  return rows
    .map(({ body }) => JSON.parse(body) as { action: string; counts?: Record<string, number> })
    .filter(({ action }) => action === 'delete')
    .map(({ counts }) => counts?.['ExplanationOfBenefit'] ?? 0);
}

describe('a file with deletions', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world?.end());

  let files = 0;
  const importing = async (tenant: string, ...lines: object[]) =>
    world.importFiles(tenant, await world.file(`file-${(files += 1)}.ndjson`, ndjson(...lines)));
  const idsOf = async (tenant: string) =>
    (await world.stored(tenant)).map(({ type, id }) => `${type}/${id}`).sort();

  const tombstones = async (tenant: string) => {
    const client = new pg.Client({ connectionString: world.adminUrlOf('clinical-service') });
    await client.connect();
    const deleted = 'SELECT member, version FROM deleted_resource WHERE tenant = $1 ORDER BY member, version';
    return (await client.query(deleted, [tenant]).finally(() => client.end())).rows as object[];
  };

  it('deletes what entries of a Bundle name, wherever it is stored and after whatever is stored last', async () => {
    await importing(
      'one',
      patient('p'),
      importedCondition('c', 'p'),
      explanation('e', 'p'),
      importedProvenance('v', 'Condition/c'),
    );
    const all = ['Provenance/v', 'https://plan.example/fhir/Condition/c', 'ExplanationOfBenefit/e'];
    const file = await world.file('all.json', JSON.stringify(bundle('transaction', ...all.map(deletion))));
    const { summary, rejections } = await world.importFiles('one', file);
    expect([summary.deleted, rejections]).toEqual([3, []]);
    expect(await idsOf('one')).toEqual(['Patient/p']);
    const again = await world.importFiles('one', file);
    expect(again.summary).toMatchObject({ deleted: 0, unchanged: 3, rejected: 0 });
  });

  it('is NDJSON of transaction Bundles too, as Bulk Data Access has it', async () => {
    await importing('bulk', explanation('e1', 'p'), explanation('e2', 'p'), explanation('e3', 'p'));
    const line = (id: string) => ({
      ...bundle('transaction', deletion(`ExplanationOfBenefit/${id}`)),
      meta: { lastUpdated: '2026-02-01T00:00:00Z' },
    });
    expect((await importing('bulk', line('e1'), line('e3'))).summary.deleted).toBe(2);
    expect(await idsOf('bulk')).toEqual(['ExplanationOfBenefit/e2']);
  });

  it.each([
    ['one line', (content: object) => JSON.stringify(content)],
    ['a document', (content: object) => JSON.stringify(content, null, 1)],
    ['one of several lines', (content: object) => `${ndjson(content, patient('p'))}`],
    // As .NET writes a plus.
    ['one line with escapes', (content: object) => JSON.stringify(content).replaceAll('Z"', '\\u002b00:00"')],
  ])('happened when its Bundle was last updated, in %s', async (form, written) => {
    const tenant = form.replaceAll(' ', '-');
    const meta = (lastUpdated: string) => ({ meta: { profile: ['https://a.example/p'], lastUpdated } });
    await importing(tenant, explanation('e', 'p'));
    const gone = {
      ...meta('2026-02-01T00:00:00Z'),
      ...bundle('transaction', deletion('ExplanationOfBenefit/e')),
    };
    const file = await world.file(`${tenant}.ndjson`, written(gone));
    expect((await world.importFiles(tenant, file)).summary.deleted).toBe(1);
    const back = explanation('e', 'p', meta('2026-02-02T00:00:00Z'));
    expect((await importing(tenant, back)).rejections).toEqual([]);
    // The same file again does not delete what came later.
    expect((await world.importFiles(tenant, file)).summary).toMatchObject({ deleted: 0 });
    expect(await idsOf(tenant)).toContain('ExplanationOfBenefit/e');
  });

  it.each([
    ['a day that no calendar has', { timestamp: '2026-02-30T00:00:00Z' }],
    ['a time without its offset', { meta: { lastUpdated: '2026-02-01T00:00:00' } }],
    ['a day', { timestamp: '2026-02-01', meta: { lastUpdated: '2026-02-01T00:00:00Z' } }],
    ['no text', { timestamp: 5 }],
  ])('is rejected where its Bundle names %s as its time', async (what, time) => {
    const tenant = what.replaceAll(' ', '-');
    await importing(tenant, patient('p'), explanation('e', 'p'));
    const wrong = { ...bundle('batch', patient('q'), deletion('ExplanationOfBenefit/e')), ...time };
    const { summary, rejections } = await importing(tenant, wrong, patient('p'));
    expect(summary).toMatchObject({ created: 1, deleted: 0 });
    expect(rejections).toMatchObject([
      { origin: { line: 1, entry: 1 }, reason: expect.stringContaining('not an instant') },
    ]);
    expect(await idsOf(tenant)).toContain('ExplanationOfBenefit/e');
  });

  it('is rejected where it deletes nothing, or does not name one resource', async () => {
    await importing('wrong', explanation('e', 'p'));
    const { rejections } = await importing(
      'wrong',
      bundle(
        'batch',
        deletion('ExplanationOfBenefit/x'),
        deletion('ExplanationOfBenefit?status=active'),
        deletion('AuditEvent/1'),
        deletion('Nonsense/1'),
      ),
    );
    expect(rejections.map(({ reason }) => reason).sort()).toEqual([
      'a deletion that does not name one resource',
      'audit-service accepts no import',
      'nothing to delete: it is not stored',
      'unknown resource type',
    ]);
    expect(await idsOf('wrong')).toEqual(['ExplanationOfBenefit/e']);
  });

  it('F64: happens in the order of the files, and an older file restores nothing', async () => {
    const at = (lastUpdated: string) => ({ meta: { lastUpdated } });
    const first = explanation('e', 'p', at('2026-01-01T00:00:00Z'));
    const gone = {
      ...bundle('transaction', deletion('ExplanationOfBenefit/e')),
      timestamp: '2026-02-01T00:00:00Z',
    };
    const back = explanation('e', 'p', { ...at('2026-03-01T00:00:00Z'), outcome: 'partial' });
    const { summary } = await importing('order', first, gone, back);
    expect(summary).toMatchObject({ created: 2, deleted: 1, rejected: 0 });

    const older = await importing('order', first);
    expect(older.summary).toMatchObject({ updated: 1 });
    const later = await importing('order', back);
    expect(later.summary).toMatchObject({ updated: 1 });

    const again = await importing('order', gone);
    expect(again.summary).toMatchObject({ deleted: 0, unchanged: 1 });
    expect(await idsOf('order')).toEqual(['ExplanationOfBenefit/e']);

    const last = { ...gone, timestamp: '2026-04-01T00:00:00Z' };
    expect((await importing('order', last)).summary.deleted).toBe(1);
    const { rejections } = await importing('order', back);
    expect(rejections).toMatchObject([
      { id: 'e', reason: expect.stringContaining('deleted by the plan at 2026-04-01') },
    ]);
    expect(await idsOf('order')).toEqual([]);
  });

  it('F64: that is read again after it was undone leaves what is noted of the resource', async () => {
    const at = (lastUpdated: string) => ({ meta: { lastUpdated } });
    const about = (time: object) => ({
      ...importedProvenance('v', 'Condition/c', 'Condition/later'),
      ...time,
    });
    const gone = { ...bundle('transaction', deletion('Provenance/v')), timestamp: '2026-02-01T00:00:00Z' };
    await importing('noted', patient('p'), importedCondition('c', 'p'), about(at('2026-01-01T00:00:00Z')));
    await importing('noted', gone);
    await importing('noted', about(at('2026-03-01T00:00:00Z')));
    await importing('noted', gone);
    await importing('noted', patient('q'), importedCondition('later', 'q'));
    expect((await idsOf('noted')).filter((id) => id.startsWith('Provenance'))).toEqual([]);
  });

  it('is undone for the member of whom it was when the resource is that member’s again, and may come again', async () => {
    const of = (member: string, lastUpdated: string) =>
      importedCondition('c', member, { meta: { lastUpdated } });
    const goneAt = (timestamp: string) => ({ ...bundle('transaction', deletion('Condition/c')), timestamp });
    await importing('moving', patient('p'), patient('q'), of('p', '2026-01-01T00:00:00Z'));
    await importing('moving', goneAt('2026-02-01T00:00:00Z'));
    await importing('moving', of('q', '2026-03-01T00:00:00Z'));
    await importing('moving', of('p', '2026-04-01T00:00:00Z'));
    expect(await world.stored('moving', 'Condition/c')).toMatchObject([{ member: 'p', version: 4 }]);
    expect(await tombstones('moving')).toEqual([]);
    const { summary, rejections } = await importing('moving', goneAt('2026-05-01T00:00:00Z'));
    expect([summary.deleted, rejections]).toEqual([1, []]);
    expect(await tombstones('moving')).toEqual([{ member: 'p', version: 5 }]);
  });

  it('may be a complete load, which deletes what it does not have, but never more than it was told', async () => {
    const loads = async (tenant: string, atMost: number, ...lines: object[]) =>
      world.importComplete(tenant, await world.file(`complete-${(files += 1)}.ndjson`, ndjson(...lines)), {
        types: ['ExplanationOfBenefit'],
        atMost,
      });
    const claims = Array.from({ length: 10 }, (_, at) => explanation(`e${at}`, 'p'));
    await importing('complete', ...claims, patient('p'));
    await importing('other', ...claims);
    const half = await loads('complete', 0.2, ...claims.slice(5));
    expect(half.complete).toEqual([
      { type: 'ExplanationOfBenefit', stored: 10, missing: 5, deleted: 0, retained: 0 },
    ]);
    expect(await idsOf('complete')).toHaveLength(11);
    const broken = await loads('complete', 1, ...claims.slice(1), { resourceType: 'ExplanationOfBenefit' });
    expect([broken.rejected, broken.complete]).toEqual([1, []]);
    expect(await idsOf('complete')).toHaveLength(11);
    const most = await loads('complete', 0.2, ...claims.slice(2), explanation('new', 'p'));
    expect(most.complete).toEqual([
      { type: 'ExplanationOfBenefit', stored: 11, missing: 2, deleted: 2, retained: 0 },
    ]);
    expect(await idsOf('complete')).toHaveLength(10);
    expect(await idsOf('complete')).toContain('Patient/p');
    expect(await idsOf('other')).toHaveLength(10);
  });

  it('happened when the files were written, where only the load says when that was', async () => {
    const asOf = new Date('2026-02-01T00:00:00Z');
    const load = (resources: object[], options: ImportOptions<string>) => {
      const inputs = resources.map((resource) => ({ origin: '', resource }));
      return importResources(world.stores, 'as-of', inputs, options);
    };
    const [a, b] = [explanation('a', 'p'), explanation('b', 'p')];
    await load([patient('p'), a, b], {});
    await load([a], { complete: { types: ['ExplanationOfBenefit'], atMost: 1 }, asOf });
    const gone = { origin: '', deleted: { type: 'ExplanationOfBenefit', id: 'a' } };
    expect(await importResources(world.stores, 'as-of', [gone], { asOf })).toMatchObject({ deleted: 1 });
    const meta = { lastUpdated: '2026-02-01T03:00:00Z' };
    const back = await load(
      [
        { ...a, meta },
        { ...b, meta },
      ],
      {},
    );
    expect(back).toMatchObject({ created: 2, rejected: 0 });
  });

  it('deletes what a complete load does not have in steps, each with its event', async () => {
    const claims = Array.from({ length: 450 }, (_, at) => explanation(`e${at}`, 'p'));
    await importing('steps', ...claims);
    const client = new pg.Client({ connectionString: world.adminUrlOf('claims-service') });
    await client.connect();
    const before = await deletionsIn(client);
    const file = await world.file('steps.ndjson', ndjson(claims[0] as object));
    const { complete } = await world.importComplete('steps', file, {
      types: ['ExplanationOfBenefit'],
      atMost: 1,
    });
    const after = await deletionsIn(client).finally(() => client.end());
    expect(complete).toMatchObject([{ stored: 450, missing: 449, deleted: 449 }]);
    expect(await idsOf('steps')).toEqual(['ExplanationOfBenefit/e0']);
    expect(after.slice(before.length)).toEqual([200, 200, 49]);
  });

  it('keeps prior authorizations for a year, unless it is told to delete them', async () => {
    const authorization = (id: string) => explanation(id, 'p', { use: 'preauthorization' });
    await importing('kept', authorization('a'), authorization('b'), explanation('e', 'p'));
    const { summary, rejections } = await importing(
      'kept',
      bundle('batch', deletion('ExplanationOfBenefit/a'), deletion('ExplanationOfBenefit/e')),
    );
    expect([summary.deleted, rejections.map(({ reason }) => reason)]).toEqual([
      1,
      [expect.stringMatching(/^not deleted: a prior authorization stays for a year/)],
    ]);
    const complete = { types: ['ExplanationOfBenefit'], atMost: 0 };
    const file = await world.file('kept.ndjson', ndjson(patient('p'), explanation('new', 'p')));
    expect((await world.importComplete('kept', file, complete)).complete).toMatchObject([
      { missing: 2, deleted: 0, retained: 2 },
    ]);
    expect(await idsOf('kept')).toContain('ExplanationOfBenefit/a');
    expect(
      (await world.importComplete('kept', file, { ...complete, atMost: 1 }, true)).complete,
    ).toMatchObject([{ missing: 2, deleted: 2, retained: 0 }]);
  });

  it('leaves the statement that claims are complete, where all that is missing has to stay', async () => {
    const [claim, authorization] = [
      explanation('e', 'p'),
      explanation('a', 'p', { use: 'preauthorization' }),
    ];
    await importResources(
      world.stores,
      'stated',
      [patient('p'), claim, authorization].map((resource) => ({ resource, origin: '' })),
      { completeSince: '2026-01-01' },
    );
    const loads = async (...lines: object[]) =>
      (
        await world.importComplete('stated', await world.file('stated.ndjson', ndjson(...lines)), {
          types: ['ExplanationOfBenefit'],
          atMost: 1,
        })
      ).complete;
    const client = new pg.Client({ connectionString: world.adminUrlOf('claims-service') });
    await client.connect();
    const stated = async () => {
      const { rows } = await client.query<{ since: string | null }>(
        "SELECT to_char(since, 'YYYY-MM-DD') AS since FROM complete_records WHERE tenant = 'stated'",
      );
      return rows.map(({ since }) => since);
    };
    try {
      expect(await loads(claim)).toMatchObject([{ missing: 1, deleted: 0, retained: 1 }]);
      expect(await stated()).toEqual(['2026-01-01']);
      expect(await loads(authorization)).toMatchObject([{ missing: 1, deleted: 1, retained: 0 }]);
      expect(await stated()).toEqual([null]);
    } finally {
      await client.end();
    }
  });
});
