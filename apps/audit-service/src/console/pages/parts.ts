/** Parts of the console's answers: a chart, tables, links to downloads. */
import { type AccessEvent, CARD_LINK_CLIENT_ID } from '@patient-access/events';
import { barsFigure, type Html, html } from '@patient-access/pages';
import { WITHOUT_MEMBER } from '../../columns.ts';
import {
  appName,
  atMost,
  countsOf,
  eventIn,
  outcomeOf,
  personOf,
  requestOf,
  requestsIn,
  saysItBrokeOff,
} from '../event-view.ts';
import { type Day, type ConsoleEvent, type NamedApp, SHOWN } from '../console-sql.ts';
import { daysOf, type Filter, linkOf, sixYears, withoutNarrowing } from '../filter.ts';
import { consolePath } from './layout.ts';

const number = (value: number): string => new Intl.NumberFormat('en-US').format(value);

/** With the name of the time: in autumn, an hour comes twice. */
export const instant = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'long', timeZone }).format(at);

/** The name of the time alone: `EST`, `GMT+9`. */
export const zoneName = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-US', { timeZoneName: 'short', timeZone })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

export function chart(caption: string, filter: Filter, found: readonly Day[]): Html {
  const byDay = new Map(found.map((day) => [day.day, day]));
  const bars = daysOf(filter).map((label) => {
    const { given = 0, refused = 0 } = byDay.get(label) ?? {};
    return { label, given, refused };
  });
  const legend = { given: 'Data was given, in whole or in part', refused: 'Refused' };
  const title = ({ label, given, refused }: (typeof bars)[number]) =>
    `${label}: given ${number(given)}, refused ${number(refused)}`;
  return barsFigure({ caption, bars, legend, title, number });
}

export type TableCell = string | number | Html;

function cell(value: TableCell): Html {
  if (typeof value === 'number') return html`<td class="number">${number(value)}</td>`;
  return html`<td>${value}</td>`;
}

export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly TableCell[])[],
): Html {
  if (rows.length === 0)
    return html`<h2>${caption}</h2>
      <p class="empty">Nothing in this period.</p>`;
  return html`<h2>${caption}</h2>
    <div class="table" role="region" aria-label="${caption}" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map(cell)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/**
 * A table of what was found, and a warning when it has not all of it.
 *
 * @param found one more than a table shows, when there are more @param which of them the table has
 */
export function firstRows<Found>(
  caption: string,
  columns: readonly string[],
  {
    found,
    which,
    rowOf,
  }: { found: readonly Found[]; which: string; rowOf(each: Found): readonly TableCell[] },
): Html {
  const isCut = found.length > SHOWN;
  const more =
    isCut &&
    html`<p class="warning">
      There are more than these: the table has ${which}, and no others. Narrow the question.
    </p>`;
  return html`${table(caption, columns, found.slice(0, SHOWN).map(rowOf))} ${more}`;
}

/** A link that asks another question in the same period. */
export function questionLink(tenant: string, path: string, filter: Filter, text: string): Html {
  return html`<a href="${consolePath(tenant, path)}?${String(linkOf(filter))}">${text}</a>`;
}

export const memberLink = (tenant: string, filter: Filter, member: string): TableCell =>
  member === WITHOUT_MEMBER
    ? ''
    : questionLink(tenant, 'member', { ...withoutNarrowing(filter), member }, member);

/** An app as a table shows it. */
export interface ShownApp {
  client: string | null;
  /** where there is no app: what stands in its place */
  name: string;
}

/** @returns what makes the cell of an app in a table. Where two apps have one name, the cells say their ids, too. */
export function appCells(tenant: string, apps: readonly ShownApp[]) {
  const clients = Map.groupBy(apps, ({ name }) => name);
  return (filter: Filter, { client, name }: ShownApp): TableCell => {
    if (client === null) return name;
    const isAlone = clients.get(name)?.every((other) => other.client === client);
    const shown = isAlone ? name : `${name} (${client})`;
    return questionLink(tenant, 'app', { ...withoutNarrowing(filter), client }, shown);
  };
}

/** Each opener of a link to a card has another name, so the newest name does not stand for all of them. */
export const shownApp = ({ client, name }: NamedApp): ShownApp => ({
  client,
  name: client === CARD_LINK_CLIENT_ID ? 'links to insurance cards' : (name ?? client ?? 'no app'),
});

interface EventOfTable {
  stored: ConsoleEvent;
  event: AccessEvent;
  /** the cell of its app, under the name that it had then */
  app: TableCell;
}

/** The events of a table, opened. */
export function eventsOfTable(
  tenant: string,
  filter: Filter,
  events: readonly ConsoleEvent[],
): EventOfTable[] {
  const opened = events.map((stored) => {
    const event = eventIn(stored);
    return { stored, event, named: { client: stored.client, name: appName(event) } };
  });
  const appCell = appCells(
    tenant,
    opened.map(({ named }) => named),
  );
  return opened.map(({ stored, event, named }) => ({ stored, event, app: appCell(filter, named) }));
}

function outcome(event: ConsoleEvent): Html {
  const { reason, interrupted } = event;
  const words = [outcomeOf(event), interrupted ?? reason].filter(Boolean).join(': ');
  return event.outcome === '0' && interrupted === null
    ? html`${words}`
    : html`<span class="refused">${words}</span>`;
}

/** More of a request is behind a click. An app may send one that would fill several screens. */
const REQUEST_CHARACTERS = 240;

/** What was asked for. */
export function asked(event: AccessEvent): Html {
  const request = requestOf(event);
  const characters = [...request];
  if (characters.length <= REQUEST_CHARACTERS) return html`<code>${request}</code>`;
  const beginning = characters.slice(0, REQUEST_CHARACTERS).join('');
  return html`<details>
    <summary><code>${beginning}</code> …</summary>
    <code>${request}</code>
  </details>`;
}

/** From the record that an answer broke off to the disclosure that it is about. */
const onItsWay = (tenant: string, filter: Filter, request: string): Html =>
  questionLink(tenant, 'search', { ...withoutNarrowing(filter), request }, 'What was on its way');

/** @param more an additional column of the question */
export function eventTable(
  tenant: string,
  filter: Filter,
  events: readonly ConsoleEvent[],
  more?: { title: string; of(event: ConsoleEvent): string },
  caption = 'Newest events',
): Html {
  const columns = ['Recorded', 'Member', 'App', 'Person', 'What', 'Outcome', 'Resources', 'From'];
  const rows = eventsOfTable(tenant, filter, events).map(({ stored, event, app }) => {
    return [
      instant(stored.recorded, filter.zone),
      ...(more ? [more.of(stored)] : []),
      memberLink(tenant, filter, stored.member),
      app,
      personOf(event),
      html`${stored.kind} ${stored.act} ${asked(event)}
      ${requestsIn(event) > 1 && `${number(requestsIn(event))} times`}
      ${saysItBrokeOff(stored) && onItsWay(tenant, filter, event.requestId)}`,
      outcome(stored),
      stored.interrupted === null ? countsOf(event) : atMost(countsOf(event)),
      event.address ?? '',
    ];
  });
  return table(caption, more ? ['Recorded', more.title, ...columns.slice(1)] : columns, rows);
}

/** A page shows 400 days at most, and an individual may ask for six years (45 CFR 164.528(a)): there are links for both. */
export function exports(tenant: string, filter: Filter, upto: string): Html {
  // With the ends of the chains, what is taken away is the same whenever it is.
  const link = (file: string, text: string, of: Filter = filter, more = '') =>
    html`<li>
      <a href="${consolePath(tenant, file)}?${String(linkOf({ ...of, upto }))}${more}">${text}</a>
    </li>`;
  const accounting = (of: Filter, days: string) => html`
    ${link('disclosures.pdf', `Accounting of disclosures ${days}, PDF`, of)}
    ${link('disclosures.csv', `Accounting of disclosures ${days}, CSV`, of)}
    ${link('manifest.json', `Manifest of the accounting ${days}`, of, '&of=disclosures')}
  `;
  const { member } = filter;
  return html`<h2>Take away</h2>
    <ul class="exports">
      ${link('events.csv', 'Events as CSV')} ${link('events.ndjson', 'AuditEvents as NDJSON')}
      ${link('manifest.json', 'Manifest with SHA-256')}
      ${
        member !== undefined &&
        member !== WITHOUT_MEMBER &&
        html`${accounting({ ...sixYears(filter), member }, 'of six years')}
        ${accounting(filter, 'of these days')}`
      }
    </ul>`;
}
