/**
 * Conditions that every answer to Anna must meet. A canary applies them to a query without a predicate, which has to
 * fail.
 */
import { expect } from '@jest/globals';

/** Ids of Ben's resources and of another tenant's. */
const FOREIGN = ['ben-1', 'south-1'];

export function expectOnlyOwn(ids: readonly string[]): void {
  expect(ids).toContain('anna-1');
  for (const id of FOREIGN) expect(ids).not.toContain(id);
}
