/** The pages to which a login can return, as in `memberPath`. */
import { z } from 'zod';
import { GRANT_ID } from '../../domain/consent/grant-id.ts';
import { PatientId } from '../../domain/relations/relations.ts';

const Grant = z.string().regex(GRANT_ID);
const Month = z.string().regex(/^\d{4}-\d{2}$/);

export const ReturnPage = z
  .enum(['apps', 'apps?changed=nothing', 'card', 'access', 'security', 'email', 'console'])
  // The link of a mail that confirms an address: it is opened again after the login.
  .or(z.templateLiteral(['email/', z.string().regex(/^[\w-]{43}$/)]))
  // Who wanted to end an access, and had to log in first, is asked about this access.
  .or(z.templateLiteral(['apps/', Grant]))
  .or(z.templateLiteral(['apps/', Grant, '/receipt']))
  .or(z.templateLiteral([z.enum(['card', 'access']), '?person=', PatientId]))
  .or(z.templateLiteral(['access?person=', PatientId, '&month=', Month]))
  .catch('apps');
export type ReturnPage = z.infer<typeof ReturnPage>;

/**
 * @param asked what the address of the page says
 * @returns the page of this person, and of this month, as far as the address names them
 */
export function pageOfPerson(
  page: 'card' | 'access',
  { person, month }: { person?: unknown; month?: unknown },
): ReturnPage {
  if (typeof person !== 'string') return page;
  const ofPerson = `${page}?person=${person}`;
  const known = [`${ofPerson}&month=${String(month)}`, ofPerson].map((each) => ReturnPage.parse(each));
  return known.find((each) => each !== 'apps') ?? page;
}
