import { describe, expect, test } from '@jest/globals';
import { runToEnd } from '../installation/installation.ts';
import { directory } from '../installation/world.ts';

describe('the first call', () => {
  test('a member app reads everything and shows the AuditEvents of its own calls', async () => {
    const { code, said } = await runToEnd('tools/first-call/main.ts', [], { LOCAL_DIR: directory });
    expect(said).toMatch(/member +Maria B Castellan/);
    expect(said).toMatch(/claims +3\d\d, and \d+ prior authorizations/);
    expect(said).toMatch(/paid by plan +\$[\d,]+\.\d\d/);
    const shown = Number(/AuditEvents of these calls \((\d+)\)/.exec(said)?.[1]);
    const pages = said.match(/^ {2}.*ExplanationOfBenefit\?/gm) ?? [];
    expect(pages.length).toBeGreaterThanOrEqual(7);
    expect(shown).toBe(said.match(/^ {2}20\d\d-/gm)?.length);
    expect(code).toBe(0);
  });

  test('a member without claims is told so, without an error', async () => {
    const { code, said } = await runToEnd('tools/first-call/main.ts', ['--member', 'nora.new'], {
      LOCAL_DIR: directory,
    });
    expect(said).toMatch(/claims +0, and 0 prior authorizations/);
    expect(code).toBe(0);
  });

  test('an unknown member name is reported in one line', async () => {
    const { code, said } = await runToEnd('tools/first-call/main.ts', ['--member', 'nobody'], {
      LOCAL_DIR: directory,
    });
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});
