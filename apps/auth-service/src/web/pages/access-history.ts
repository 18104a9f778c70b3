import { type Bar, barsFigure, type Html, html } from '@patient-access/pages';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import { peopleLinks, type PersonLink } from './people-links.ts';

/** One sentence about an app's accesses. */
export interface AccessLine {
  text: string;
  tone: 'given' | 'refused' | 'other';
}

/** The actions of one app. The app's name begins each sentence. */
export interface AppEntry {
  name: string;
  /** where it goes back to, if another app has its name */
  place?: string;
  /** the login for which it acted, if it is not the reader's */
  through?: string;
  lines: AccessLine[];
}

interface MonthLink {
  month: string;
  page: string | undefined;
}

export interface AccessHistoryView extends MemberPage {
  /** the person's name, if the person is not the reader */
  name?: string;
  people: PersonLink[];
  month: string;
  /** when the trail was asked; undefined: it was not */
  asOf?: string;
  earlier?: MonthLink;
  later?: MonthLink;
  bars: Bar[];
  apps: (AppEntry & { days: string })[];
  days: { heading: string; entries: AppEntry[] }[];
  /** set if not all accesses are shown: some before this day are missing */
  incomplete?: string;
}

function lines({ lines: all }: AppEntry): Html {
  const [only, ...more] = all;
  const text = ({ text: words, tone }: AccessLine) =>
    html`<span${tone === 'refused' && html` class="refused"`}>${words}</span>`;
  if (only && more.length === 0) return text(only);
  return html`<ul>
    ${all.map((line) => html`<li>${text(line)}</li>`)}
  </ul>`;
}

function entry(app: AppEntry, aside?: string): Html {
  const notes = [app.place, aside, app.through].filter((note) => note !== undefined);
  return html`<li>
    <strong>${app.name}</strong> ${notes.length > 0 && html`<em>(${notes.join(', ')})</em>`} ${lines(app)}
  </li>`;
}

function months({ month, earlier, later, texts }: AccessHistoryView): Html {
  const link = (to: MonthLink | undefined, before: string, after: string) =>
    to?.page ? html`<a href="${to.page}">${before}${to.month}${after}</a>` : html`<span></span>`;
  return html`<nav class="months" aria-label="${texts.access.months}">
    ${link(earlier, '← ', '')}<span aria-current="true">${month}</span>${link(later, '', ' →')}
  </nav>`;
}

function chart({ bars, month, texts }: AccessHistoryView): Html {
  const words = texts.access;
  const number = (value: number) => new Intl.NumberFormat(texts.locale).format(value);
  return barsFigure({
    bars,
    number,
    caption: words.chart(month),
    legend: words.legend,
    title: ({ label, given, refused }) => words.bar(label, number(given), number(refused)),
  });
}

function seen(view: AccessHistoryView): Html {
  const words = view.texts.access;
  if (view.days.length === 0) return html`<p class="empty">${words.none(view.month)}</p>`;
  return html`${view.incomplete !== undefined && html`<p class="warning">${words.incomplete(view.incomplete)}</p>`}
    ${chart(view)}
    <h2>${words.byApp}</h2>
    <ul class="seen">
      ${view.apps.map((app) => entry(app, app.days))}
    </ul>
    <p class="hint">${words.countedTwice}</p>
    <h2 class="group">${words.byDay}</h2>
    ${view.days.map(
      ({ heading, entries }) =>
        html`<h3 class="day">${heading}</h3>
          <ul class="seen">
            ${entries.map((each) => entry(each))}
          </ul>`,
    )}`;
}

/** Who saw the data of one person in one month: a chart, a list by app and a list by day. */
export function accessHistoryPage(view: AccessHistoryView): string {
  const words = view.texts.access;
  const title = view.name === undefined ? words.title : words.titleOf(view.name);
  const body = html`<p class="lead">${words.why}</p>
    ${
      view.people.length === 0
        ? html`<p class="empty">${words.nobody}</p>`
        : html`${peopleLinks(view.people, words.people)} ${months(view)}
          ${view.asOf !== undefined && html`<p class="hint">${words.asOf(view.asOf)}</p>`} ${seen(view)}`
    }`;
  return renderMemberPage(view, { current: 'access', title, body, wide: true });
}
