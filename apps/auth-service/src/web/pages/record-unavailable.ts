import { html } from '@patient-access/pages';
import { type MemberPage, renderMemberPage } from './member-page.ts';

/** Shown in place of a page whose record cannot be read now: an old card may be wrong, and a part of a list looks whole. */
export function recordUnavailablePage(view: MemberPage, current: 'access' | 'card'): string {
  const { title, unavailable } = view.texts[current];
  const body = html`<p class="alert" role="alert">${unavailable}</p>`;
  return renderMemberPage(view, { current, title, body, wide: true });
}
