import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HISTORY_KINDS, type HistoryKind, kindsTable, loginsOfKinds } from './kinds.ts';
import { TENANT_NAMES, tenantNamed } from './tenants.ts';

const plans = TENANT_NAMES.map((tenant) => ({ tenant, logins: loginsOfKinds(tenant) }));

describe.each(plans)(
  'at $tenant, on an ordinary day, the first of a year and a leap day',
  ({ tenant, logins }) => {
    const plan = tenantNamed(tenant);
    const isHere = ({ isAt = () => true }: HistoryKind) => isAt(plan);

    test.each(HISTORY_KINDS.filter(isHere).map((kind) => [kind.what, kind] as const))(
      'a login shows: %s',
      (_, kind) => {
        expect(logins.get(kind)).not.toEqual([]);
      },
    );

    test('none shows what the plan does not have', () => {
      const others = HISTORY_KINDS.filter((kind) => !isHere(kind));
      expect(others.map((kind) => [kind.what, logins.get(kind)])).toEqual(
        others.map(({ what }) => [what, []]),
      );
    });
  },
);

test('the page about the members has the table', () => {
  const page = readFileSync(new URL('../../docs/preview-members.md', import.meta.url), 'utf8');
  expect(page).toContain(kindsTable(plans.map(({ logins }) => logins)));
});
