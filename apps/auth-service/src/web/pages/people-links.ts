import { type Html, html } from '@patient-access/pages';

/** `page` is undefined for the person who is shown */
export interface PersonLink {
  name: string;
  page: string | undefined;
}

/** The persons of a login, where there are several. */
export function peopleLinks(people: readonly PersonLink[], label: string): Html | undefined {
  if (people.length < 2) return undefined;
  const links = people.map(({ name, page }) =>
    page === undefined
      ? html`<li aria-current="true">${name}</li>`
      : html`<li><a href="${page}">${name}</a></li>`,
  );
  return html`<nav class="unprinted" aria-label="${label}">
    <ul class="people">
      ${links}
    </ul>
  </nav>`;
}
