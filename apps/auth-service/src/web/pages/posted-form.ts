/** Reads the posted form of a page, and checks whether the page was ours. */
import type { FastifyRequest } from 'fastify';
import { isBrowserNavigation } from '../../provider/endpoints/browser-navigation.ts';
import { ENTER_FIELD, ENTER_PREFIX } from './layout.ts';

/** The name of the buttons that a member sees. */
const ACTION_FIELD = 'action';

/** @returns the fields of a posted form without its files; none for a page that was only opened */
export function postedForm({ body }: Pick<FastifyRequest, 'body'>): URLSearchParams {
  if (!(body instanceof FormData)) return new URLSearchParams(typeof body === 'string' ? body : '');
  return new URLSearchParams(
    [...body].filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

/** @returns the action of the button that was pressed, also by the Enter key; '' for none */
export const pressedAction = (form: URLSearchParams): string =>
  form.get(ACTION_FIELD) ?? form.get(ENTER_FIELD)?.slice(ENTER_PREFIX.length) ?? '';

/**
 * @returns what somebody decided with a form: its fields, and then the action. The Enter key and the button send the action by
 *   fields with other names, and at other places of the form.
 */
export function postedDecision(form: URLSearchParams): URLSearchParams {
  const fields = [...form].filter(([name]) => name !== ACTION_FIELD && name !== ENTER_FIELD);
  return new URLSearchParams([...fields, [ACTION_FIELD, pressedAction(form)]]);
}

const MAX_SHOWN_CHARACTERS = 254;

/** @returns what was typed into a field, as a page repeats it; never for a password */
export const shownAgain = (typed: string | null): string =>
  (typed ?? '').replace(/\p{C}/gu, '').slice(0, MAX_SHOWN_CHARACTERS);

/**
 * @returns whether the browser says that another site caused this request (Fetch Metadata); the form's token is
 * checked too
 */
export function isCrossSite({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}

/** @returns whether a browser goes to a page with this request */
export const isNavigation = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  isBrowserNavigation(headers['sec-fetch-mode']);
