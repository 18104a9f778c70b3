import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { population, previewMembers, type SyntheticResource } from './index.ts';
import { populationOptions } from './options.ts';
import { previewTable } from './preview-members.ts';
import { TENANT_NAMES, tenantNamed } from './tenants.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const PREVIEW_PATIENTS = 13;
const PAGE_ENTRIES = 50;
const LEFT = '2025-12-31';
const OUTPUT_BYTES = 100_000_000;

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', maxBuffer: OUTPUT_BYTES });
}

describe.each(TENANT_NAMES)('the preview members of %s', (tenant) => {
  const all = [...population({ tenant, members: PREVIEW_PATIENTS })];
  const members = previewMembers(tenant);
  const memberOf = (persona: string) => {
    const found = members.find(({ login }) => login.endsWith(`.${persona}`));
    if (found === undefined) throw new Error(`no ${persona}`);
    return found;
  };
  const recordsOf = (persona: string): SyntheticResource[] => {
    const name = `Patient/${memberOf(persona).patientId}`;
    return all.filter((made) =>
      [made['patient'], made['subject'], made['beneficiary']].some(
        (link) => (link as { reference?: string })?.reference === name,
      ),
    );
  };
  const ofType = (type: string) => (made: SyntheticResource) => made.resourceType === type;
  const securityOf = ({ meta }: SyntheticResource) =>
    ((meta as { security?: { code: string }[] }).security ?? []).map(({ code }) => code);

  test('are people of the population with those names', () => {
    const patients = new Map(all.filter(ofType('Patient')).map((patient) => [patient.id, patient]));
    expect(patients.size).toBe(PREVIEW_PATIENTS);
    for (const { patients: seen, patientId } of members) {
      expect(seen[0]?.id).toBe(patientId);
      for (const { id, name } of seen) {
        const [{ given, family }] = patients.get(id)?.['name'] as [{ given: string[]; family: string }];
        expect(`${given[0]} ${family}`).toBe(name);
      }
    }
  });

  test('one has more claims than fit on six pages, one has none', () => {
    expect(recordsOf('many').filter(ofType('ExplanationOfBenefit')).length).toBeGreaterThan(6 * PAGE_ENTRIES);
    expect(recordsOf('new').map(({ resourceType }) => resourceType)).toEqual([
      'Coverage',
      'Coverage',
      'Coverage',
      ...Array.from(
        { length: 3 - tenantNamed(tenant).unanswered.length },
        () => 'CoverageEligibilityResponse',
      ),
    ]);
  });

  test('a subscriber sees self and minor children, all others only themselves', () => {
    const parent = memberOf('parent').patients;
    expect(parent.map(({ relationship }) => relationship)).toEqual(['self', 'child', 'child']);
    const hidden = [memberOf('spouse'), memberOf('adult')].map(({ patientId }) => patientId);
    expect(parent.filter(({ id }) => hidden.includes(id))).toEqual([]);
    const others = members.filter(({ login }) => !login.endsWith('.parent'));
    expect(others.every(({ patients }) => patients.length === 1)).toBe(true);
  });

  test('one has a prior authorization in each state, and used what was approved', () => {
    const explanations = recordsOf('denied').filter(ofType('ExplanationOfBenefit'));
    const requests = explanations.filter(({ use }) => use === 'preauthorization');
    const textOf = new Map(requests.map((made) => [made, JSON.stringify(made)]));
    const stateOf = (text = '') => /005010\/306","code":"(\w+)"/.exec(text)?.[1];
    expect([...textOf.values()].map(stateOf).sort()).toEqual(
      // An appeal is a request of its own: one was approved, and one denied again.
      ['A1', 'A1', 'A2', 'A3', 'A3', 'A3', 'A4', 'C'],
    );
    for (const [request, text] of textOf) {
      // PDex 2.2 has the day of every decision, and no decision has been made about what waits.
      expect(text.includes('base-ext-when-adjudicated')).toBe(stateOf(text) !== 'A4');
      const used = explanations.filter(
        ({ use, preAuthRef }) =>
          use === 'claim' &&
          (preAuthRef as string[])?.includes((request['preAuthRef'] as string[])?.[0] ?? ''),
      );
      const [, count = 0] = /"code":"consumedunits"[^}]*}]},"value":(\d+)/.exec(text) ?? [];
      expect(used).toHaveLength(Number(count));
    }
  });

  test('one has left the plan: no coverage and no care goes on after that day, and the login says which it is', () => {
    expect(previewMembers(tenant, '2027-01-01').flatMap(({ patients }) => patients)).toContainEqual(
      expect.objectContaining({ coverageEnd: '2026-12-31' }),
    );
    const records = recordsOf('left');
    expect(memberOf('left').patients).toMatchObject([{ relationship: 'self', coverageEnd: LEFT }]);
    const coverages = records.filter(ofType('Coverage'));
    expect(new Set(coverages.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    const lastDays = coverages.map(({ period }) => (period as { end: string }).end);
    expect(lastDays.sort().at(-1)).toBe(LEFT);
    const claims = records.filter(ofType('ExplanationOfBenefit'));
    const days = claims.map(({ billablePeriod }) => (billablePeriod as { start: string }).start);
    expect(days.length).toBeGreaterThan(0);
    expect(days.filter((day) => day > LEFT)).toEqual([]);
    expect(records.some(ofType('CoverageEligibilityResponse'))).toBe(false);
  });

  test('one has restricted records of both kinds among ordinary ones', () => {
    const records = recordsOf('sensitive');
    const labels = new Set(records.flatMap(securityOf));
    expect(labels).toEqual(new Set(['R', 'ETH', 'PSY']));
    expect(records.some((made) => securityOf(made).length === 0)).toBe(true);
    const leaks = records.filter(
      (made) =>
        securityOf(made).length === 0 && /F11\.20|F32\.A|buprenorphine|sertraline/.test(JSON.stringify(made)),
    );
    expect(leaks).toEqual([]);
  });

  test('stand in docs/preview-members.md as the command prints them', () => {
    const document = readFileSync(new URL('../../docs/preview-members.md', import.meta.url), 'utf8');
    expect(document).toContain(previewTable(tenant));
  });
});

describe('the command', () => {
  test('prints the population one resource a line', () => {
    const { stdout, status } = run('--tenant', 'northwind', '--members', '3');
    const expected = [...population({ tenant: 'northwind', members: 3 })].map(
      (made) => `${JSON.stringify(made)}\n`,
    );
    expect(status).toBe(0);
    expect(stdout).toBe(expected.join(''));
  });

  test('prints the table of a tenant', () => {
    const { stdout, status } = run('--tenant', 'lakeside', '--table');
    expect([status, stdout]).toEqual([0, previewTable('lakeside')]);
  });

  test.each([
    [['--members', '5'], /^--tenant is required/],
    [['--tenant', 'atlantis'], /^unknown tenant/],
    [['--tenant', 'northwind', '--members', 'many'], /whole number/],
    [['--tenant', 'northwind', '--fast'], /fast/],
  ])('refuses %j', (args, message) => {
    expect(() => populationOptions(args)).toThrow(message);
  });

  test('refuses options with one line', () => {
    const { stderr, stdout, status } = run('--tenant', 'northwind', '--fast');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^population: .*fast/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('ends quietly when the reader has seen enough', () => {
    const { stderr, status } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${MAIN}" --tenant northwind --members 500 | head -n 1 >/dev/null`],
      { encoding: 'utf8' },
    );
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});
