/** Seals the second factors of all logins with another key. */
import type { RunSql } from '../database.ts';
import { isSealedWithFirst, type Keys, seal, unseal } from '../keys/secrets.ts';
import { factorContext, factorKeys } from './second-factors.ts';

/** A plan may have millions of members, so no more than these are in memory, and each page is a transaction of its own. */
const PAGE = 1_000;

interface SealedFactor {
  tenant: string;
  sub: string;
  sealed: Buffer;
}

const NEXT = `SELECT tenant, sub::text, sealed FROM second_factor WHERE (tenant, sub) > ($1, $2::uuid)
               ORDER BY tenant, sub LIMIT ${PAGE}`;
/** What a member changed in between stays as she left it; it is sealed with the first key already. */
const RESEAL = `UPDATE second_factor f SET sealed = n.resealed
                  FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::bytea[]) AS n (tenant, sub, sealed, resealed)
                 WHERE f.tenant = n.tenant AND f.sub = n.sub AND f.sealed = n.sealed`;
const FIRST = { tenant: '', sub: '00000000-0000-0000-0000-000000000000' };

function open(keys: Keys, { tenant, sub, sealed }: SealedFactor): string {
  try {
    return unseal(keys, factorContext(tenant, sub), sealed);
  } catch {
    throw new Error(`the second factor of ${sub} of "${tenant}" was sealed with another KEY_ENCRYPTION_KEY`);
  }
}

async function resealPage(query: RunSql, keys: Keys, page: readonly SealedFactor[]): Promise<void> {
  const rows = page.filter(
    ({ tenant, sub, sealed }) => !isSealedWithFirst(keys, factorContext(tenant, sub), sealed),
  );
  if (rows.length === 0) return;
  const resealed = rows.map((row) => seal(keys, factorContext(row.tenant, row.sub), open(keys, row)));
  const columns = [
    rows.map(({ tenant }) => tenant),
    rows.map(({ sub }) => sub),
    rows.map((row) => row.sealed),
  ];
  await query(RESEAL, [...columns, resealed]);
}

/**
 * Seals all second factors with the first key. It can be repeated, and goes on where an earlier run ended.
 *
 * @param masters KEY_ENCRYPTION_KEY
 * @returns how many there are
 * @throws Error that names a login whose second factor none of the keys opens
 */
export async function resealSecondFactors(query: RunSql, masters: Keys): Promise<number> {
  const keys = factorKeys(masters);
  let [count, last] = [0, FIRST];
  for (;;) {
    const page = await query<SealedFactor>(NEXT, [last.tenant, last.sub]);
    await resealPage(query, keys, page);
    count += page.length;
    last = page.at(-1) ?? last;
    if (page.length < PAGE) return count;
  }
}
