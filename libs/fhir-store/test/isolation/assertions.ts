/** What must hold of anything that gives Anna her data: used on the service, and on a query that ought to fail it. */
import { expect } from '@jest/globals';

/** Ids of what is Ben's, and of what is another tenant's. */
const FOREIGN = ['ben-1', 'south-1'];

export function expectOnlyOwn(ids: readonly string[]): void {
  expect(ids).toContain('anna-1');
  for (const id of FOREIGN) expect(ids).not.toContain(id);
}
