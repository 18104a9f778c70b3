/** A form of a developer that makes something is carried out once, however often the browser sends it. */
import type { PoolClient } from 'pg';
import { rememberOnce } from '../grants/records.ts';
import { digest } from '../keys/secrets.ts';

/** Longer than a page stays open that somebody loads again. */
const KEPT_SECONDS = 24 * 60 * 60;

/** The same form came before, and was carried out. */
export class PostedBefore extends Error {
  override readonly name = 'PostedBefore';
}

/**
 * Two posts of one form come one after the other. If the first one fails, the second one is carried out.
 *
 * @param db in the transaction that carries it out
 * @param form the value that this showing of the form has; null: of a page from before there was one
 * @throws PostedBefore
 */
export async function postOnce(
  db: PoolClient,
  { tenant, developer }: { tenant: string; developer: string },
  form: string | null,
): Promise<void> {
  if (form === null) return;
  const id = digest(JSON.stringify(['developer-form', developer, form]));
  if (!(await rememberOnce(db, tenant, id, KEPT_SECONDS))) throw new PostedBefore();
}
