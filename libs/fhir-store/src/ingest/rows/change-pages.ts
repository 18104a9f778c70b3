/** Goes through the stored rows of a tenant page by page. Each page is one transaction, in which its rows are changed. */
import { type Databases, storing, type WriteContext } from '../turns/storing.ts';
import type { Replaced } from './write.ts';

export interface StoredRow extends Replaced {
  version: number;
  body: string;
  labelled: string[];
  hash: Buffer;
}

type Position = Pick<StoredRow, 'member' | 'type' | 'id'>;

const PAGE_ROWS = 500;
const START: Position = { member: '', type: '', id: '' };

export const CURRENT_PAGE = `
  SELECT member, type, id, version, body, audience, labelled, hash FROM resource
   WHERE tenant = $1 AND (member, type, id) > ($2, $3, $4) AND form = 0 ORDER BY member, type, id LIMIT ${PAGE_ROWS}`;
/** All earlier versions of a resource are on one page. */
export const EARLIER_PAGE = `
  SELECT member, type, id, version, body, labelled FROM resource_history
   WHERE tenant = $1 AND (member, type, id) > ($2, $3, $4) AND form = 0
   ORDER BY member, type, id FETCH FIRST ${PAGE_ROWS} ROWS WITH TIES`;

interface Pass {
  page: typeof CURRENT_PAGE | typeof EARLIER_PAGE;
  /** @returns how many rows changed */
  change(context: WriteContext, rows: StoredRow[]): Promise<number>;
}

interface ChangedPage {
  rows: StoredRow[];
  changed: number;
}

/**
 * After an interruption it begins at the first row again.
 *
 * @returns after each page: how many rows were read and how many changed
 */
export async function* changePages(
  databases: Databases,
  tenant: string,
  passes: readonly Pass[],
): AsyncGenerator<{ seen: number; changed: number }> {
  const total = { seen: 0, changed: 0 };
  for (const { page, change } of passes)
    for (let position: Position | undefined = START; position;) {
      const from: Position = position;
      const done = await storing(databases, tenant, async (context): Promise<ChangedPage> => {
        const { rows } = await context.own.query<StoredRow>(page, [tenant, from.member, from.type, from.id]);
        return { rows, changed: await change(context, rows) };
      });
      total.seen += done.rows.length;
      total.changed += done.changed;
      position = done.rows.at(-1);
      yield { ...total };
    }
}
