/**
 * `import:persons` as a process. Killed between two databases, it has moved all of a database or nothing, and ends when it is run
 * again; so does the undoing. What the other person has is never touched.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Owner } from '@patient-access/fhir';
import { explanation, importedCondition, importedProvenance, ndjson, patient } from '../resources.ts';
import { killInCommit } from '../kill-in-commit.ts';
import { createWorld, type World } from '../world.ts';

const TENANT = 'mixed';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

const start = (change: object, ...more: string[]) =>
  world.start('persons', ['--tenant', TENANT, ...more], { input: JSON.stringify(change) });

/** To its end. */
const run = (change: object, ...more: string[]) =>
  world.run('persons', ['--tenant', TENANT, ...more], {}, JSON.stringify(change));

const killIn = (owner: Owner, change: object, ...more: string[]) =>
  killInCommit(world.adminUrlOf(owner), ['replaced_person', 'withdrawn_resource'], () =>
    start(change, ...more),
  );

/** Whose the records are, by type. */
const members = async () =>
  Object.fromEntries((await world.stored(TENANT)).map(({ type, id, member }) => [`${type}/${id}`, member]));

describe('O110: import:persons', () => {
  it('killed in the middle has moved all of a database or nothing, and ends when it is run again', async () => {
    const data = [
      ...[patient('p'), patient('q'), explanation('e1', 'p'), explanation('e2', 'q')],
      ...[importedCondition('c1', 'p'), importedProvenance('of-e1', 'ExplanationOfBenefit/e1')],
    ];
    await world.importFiles(TENANT, await world.file('first.ndjson', ndjson(...data)));
    const before = await members();
    const merged = Object.fromEntries(Object.keys(before).map((key) => [key, 'q']));
    const change = {
      ...{ id: 'c9b5ad3f-53a4-4a0c-9a5e-1c2b6a0d7e01', from: 'p', to: 'q', reason: 'two cards' },
      ...{ tenant: TENANT, kind: 'merge', state: 'moving' },
    };
    expect(await run({ ...change, tenant: 'another' })).toEqual({
      code: 1,
      out: '',
      err: `import:persons: the change ${change.id} is of the plan "another"\n`,
    });
    expect(await members()).toEqual(before);

    await killIn('claims-service', change);
    for (const half of Object.values(await members())) expect(['p', 'q']).toContain(half);
    expect(await members()).toMatchObject({ 'Patient/q': 'q', 'ExplanationOfBenefit/e2': 'q' });
    const again = await run(change);
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(again.out)).toMatchObject({ next: expect.stringContaining('identity end') });
    expect(await members()).toEqual(merged);

    const late = ndjson(explanation('e3', 'p'), importedProvenance('of-e3', 'ExplanationOfBenefit/e3'));
    const { summary } = await world.importFiles(TENANT, await world.file('late.ndjson', late));
    expect(summary.rejected).toBe(0);
    expect(await members()).toEqual({
      ...merged,
      ...{ 'ExplanationOfBenefit/e3': 'q', 'Provenance/of-e3': 'q' },
    });

    const undo = { ...change, state: 'undoing' };
    await killIn('coverage-service', undo);
    const undone = await start(undo).ended;
    expect(undone).toMatchObject({ code: 0, err: '' });
    expect(await members()).toEqual({
      ...before,
      ...{ 'ExplanationOfBenefit/e3': 'p', 'Provenance/of-e3': 'p' },
    });
  }, 180_000);

  it('O119: does the same with a part of a record, which the plan names in a file', async () => {
    const [mine, hers] = [explanation('e5', 'r'), explanation('e6', 'r')];
    const about = [importedCondition('c6', 'r'), importedProvenance('of-e6', 'ExplanationOfBenefit/e6')];
    await world.importFiles(
      TENANT,
      await world.file('both.ndjson', ndjson(patient('r'), mine, hers, ...about)),
    );
    const before = await members();
    const change = {
      ...{ id: 'c9b5ad3f-53a4-4a0c-9a5e-1c2b6a0d7e02', from: 'r', to: 's', reason: 'two namesakes' },
      ...{ tenant: TENANT, kind: 'split', state: 'moving' },
    };
    const without = await run(change);
    expect([without.code, without.err]).toEqual([1, expect.stringContaining('--records')]);
    const lines = `ExplanationOfBenefit/e6\n${JSON.stringify({ reference: 'Condition/c6' })}\n`;
    const records = ['--records', await world.file('hers.txt', lines)];
    await killIn('claims-service', change, ...records);
    for (const [key, whose] of Object.entries(await members()))
      if (before[key] !== 'r' || /Patient|e5/.test(key)) expect([key, whose]).toEqual([key, before[key]]);
    // As it is printed where the plan wants four eyes.
    const again = await run({ proposedBy: 'kim', act: 'split', result: change }, ...records);
    expect(again).toMatchObject({ code: 0, err: '' });
    const told = JSON.parse(again.out) as { records: string[]; whoSaw: string };
    expect(told.records.sort()).toEqual(['Condition/c6', 'ExplanationOfBenefit/e6', 'Provenance/of-e6']);
    expect(told.whoSaw).toContain('--member r --resource');
    const moved = { 'ExplanationOfBenefit/e6': 's', 'Condition/c6': 's', 'Provenance/of-e6': 's' };
    expect(await members()).toEqual({ ...before, ...moved });

    const { summary } = await world.importFiles(TENANT, await world.file('again.ndjson', ndjson(mine, hers)));
    expect(summary.rejected).toBe(1);
    expect(await members()).toEqual({ ...before, ...moved });

    const undo = { ...change, state: 'undoing' };
    await killIn('clinical-service', undo);
    expect(await run(undo)).toMatchObject({ code: 0, err: '' });
    expect(await members()).toEqual(before);
  }, 180_000);

  it('O121: a file that says who is replaced moves nothing; what auth-service began for it moves, also when it is killed', async () => {
    const ida = { name: [{ family: 'Berg', given: ['Ida'] }], birthDate: '1980-01-02', gender: 'female' };
    const link = [{ other: { reference: 'Patient/t2' }, type: 'replaced-by' }];
    const persons = ['t1', 't2', 't3'].map((id) => ({
      ...patient(id),
      ...ida,
      ...(id === 't1' && { link }),
    }));
    const data = [
      ...persons,
      explanation('e7', 't1'),
      explanation('e8', 't3'),
      importedCondition('c7', 't1'),
    ];
    await world.importFiles(TENANT, await world.file('links.ndjson', ndjson(...data)));
    const before = await members();
    expect(before).toMatchObject({ 'ExplanationOfBenefit/e7': 't1', 'Condition/c7': 't1' });
    const listed = async () =>
      JSON.parse((await world.run('merges', ['--tenant', TENANT])).out) as { next?: string };
    expect(await listed()).toEqual({
      merges: [{ from: 't1', to: 't2', doubts: [] }],
      next: expect.stringContaining('merge-listed'),
    });

    const said = { tenant: TENANT, kind: 'merge', state: 'moving', reason: 'the file' };
    const begun = [
      { ...said, id: 'c9b5ad3f-53a4-4a0c-9a5e-1c2b6a0d7e03', from: 't1', to: 't2' },
      { ...said, id: 'c9b5ad3f-53a4-4a0c-9a5e-1c2b6a0d7e04', from: 't3', to: 't2' },
    ];
    await killIn('claims-service', { begun, refused: [] });
    expect(await members()).toMatchObject({ 'ExplanationOfBenefit/e8': 't3' });
    const again = await run({ begun, refused: [] });
    expect(again).toMatchObject({ code: 0, err: '' });
    expect((JSON.parse(again.out) as { changes: object[] }).changes).toHaveLength(2);
    const moved = Object.fromEntries(
      ['Patient/t1', 'Patient/t3', 'ExplanationOfBenefit/e7', 'ExplanationOfBenefit/e8', 'Condition/c7'].map(
        (key) => [key, 't2'],
      ),
    );
    expect(await members()).toEqual({ ...before, ...moved });
    expect(await listed()).toEqual({ merges: [] });
  }, 180_000);

  it('takes nothing but what auth-service has printed', async () => {
    const { code, err } = await run({ from: 'p', to: 'q' });
    expect([code, err]).toEqual([1, expect.stringContaining('identity merge')]);
  }, 60_000);
});
