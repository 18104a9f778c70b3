/** The saved questions: the statements that each runs on the trail, and how the answer is shown. */
import { invalid, OperationError } from '@patient-access/fhir';
import { type Html, html } from '@patient-access/pages';
import { changes } from './changes-page.ts';
import { noticePage } from './notice-page.ts';
import { chosenMember } from '../people.ts';
import type { QuestionAnswer, Question, QuestionInput } from './question.ts';
import { revoked } from './revoked-page.ts';
import { bounded, headsOf, uptoOf } from '../scan.ts';
import { eventsPage, trailSearch } from './search-page.ts';
import {
  type Burst,
  bursts,
  byApp,
  byReason,
  daily,
  dailyRefusals,
  type Day,
  type OfApp,
  type OfReason,
  SHOWN,
} from '../console-sql.ts';
import { type Filter, filterOf, type Query, withoutNarrowing } from '../filter.ts';
import { requireKnown } from '../require-known.ts';
import type { QuestionPath } from '../pages/layout.ts';
import {
  appCells,
  questionLink,
  chart,
  exports,
  firstRows,
  instant,
  shownApp,
  zoneName,
} from '../pages/parts.ts';
import { questionForm } from '../pages/question-form.ts';

const eventsOf = (days: readonly Day[]): number => days.reduce((all, { events }) => all + events, 0);

function appTable(tenant: string, filter: Filter, apps: readonly OfApp[]): Html {
  const appCell = appCells(tenant, apps.map(shownApp));
  return firstRows('By app', ['App', 'Given', 'Refused', 'Resources', 'Members', 'Last'], {
    found: apps,
    which: `the ${SHOWN} apps with the most events`,
    rowOf: (app) => [
      appCell(filter, shownApp(app)),
      app.given,
      app.refused,
      app.disclosed,
      app.members,
      instant(app.last, filter.zone),
    ],
  });
}

const TOO_MANY = html`<p class="warning">
  There is no chart and no table of apps: this period has too many events to add up within a second. Choose a
  shorter period, a member, or an app. The events below and the files are all there.
</p>`;

/** The answer when there is time for it: what takes too long is left out, and the page says so. */
async function totalsOf({ tenant, ask }: QuestionInput, filter: Filter, caption: string) {
  try {
    const days = await ask<Day>(daily(tenant, filter));
    const apps = await ask<OfApp>(byApp(tenant, filter));
    return {
      body: html`${chart(caption, filter, days)} ${appTable(tenant, filter, apps)}`,
      events: eventsOf(days),
    };
  } catch (error) {
    if (error instanceof OperationError && error.status === 400) return { body: TOO_MANY, events: 0 };
    throw error;
  }
}

/** The newest events of a filter, its files, a chart and the apps: the answer to most questions. */
async function everythingOf(
  asked: QuestionInput,
  filter: Filter,
  path: QuestionPath,
  caption: string,
): Promise<QuestionAnswer> {
  const { tenant, ask, query } = asked;
  const upto = uptoOf(await headsOf(ask, tenant));
  const whole = await bounded(ask, tenant, filter);
  const shown = await eventsPage(asked, whole, path);
  const totals = query.has('before') ? { body: html``, events: 0 } : await totalsOf(asked, whole, caption);
  const body = html`${totals.body} ${exports(tenant, filter, upto)} ${shown.body}`;
  return { ...shown, body, events: Math.max(totals.events, shown.events) };
}

const overview: Question = async (asked) => {
  const filter = withoutNarrowing(filterOf(asked.query));
  const answer = await everythingOf(asked, filter, 'overview', 'Access to all members, day by day');
  return { ...answer, body: html`${questionForm(asked.tenant, 'overview', filter)} ${answer.body}` };
};

const ofMember: Question = async (asked) => {
  const filter = withoutNarrowing(filterOf(asked.query));
  const chosen = await chosenMember(asked, filter, 'member');
  const form = questionForm(asked.tenant, 'member', { ...filter, patient: chosen.typed });
  if (!chosen.member) return { body: html`${form} ${chosen.body}`, events: 0 };
  const { patient } = chosen.member;
  const answer = await everythingOf(
    asked,
    { ...filter, member: patient },
    'member',
    `Access to the data of Patient/${patient}, day by day`,
  );
  return { ...answer, body: html`${form} ${chosen.body} ${answer.body}` };
};

const ofApp: Question = async (asked) => {
  const given = filterOf(asked.query);
  const { client } = given;
  const filter = { ...withoutNarrowing(given), ...(client !== undefined && { client }) };
  const form = questionForm(asked.tenant, 'app', { ...withoutNarrowing(filter), app: client });
  if (client === undefined) return { body: form, events: 0 };
  await requireKnown(asked, filter);
  const answer = await everythingOf(asked, filter, 'app', `What ${client} asked for, day by day`);
  return { ...answer, body: html`${form} ${answer.body}` };
};

const refusals: Question = async ({ tenant, query, ask }) => {
  const filter = await bounded(ask, tenant, withoutNarrowing(filterOf(query)));
  const days = await ask<Day>(dailyRefusals(tenant, filter));
  const reasons = await ask<OfReason>(byReason(tenant, filter));
  const appCell = appCells(tenant, reasons.map(shownApp));
  const byReasonAndApp = firstRows(
    'By reason and app',
    ['Reason', 'Kind', 'App', 'Times', 'Members', 'Last'],
    {
      found: reasons,
      which: `the ${SHOWN} that came most often`,
      rowOf: (refusal) => [
        refusal.reason ?? 'none given',
        refusal.kind,
        appCell(filter, shownApp(refusal)),
        refusal.refused,
        refusal.members,
        instant(refusal.last, filter.zone),
      ],
    },
  );
  const body = html`${questionForm(tenant, 'refusals', withoutNarrowing(filter))}
  ${chart('Refusals, day by day', filter, days)} ${byReasonAndApp}`;
  return { body, events: eventsOf(days) };
};

/** @throws OperationError 400 when the parameter is not a whole number in the range */
function wholeOf(query: Query, name: string, usual: number, least: number, most: number): number {
  const text = query.get(name) ?? String(usual);
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < least || value > most)
    throw invalid(`${name}: must be a whole number from ${least} to ${most}.`, name);
  return value;
}

const outOfHours: Question = async ({ tenant, query, ask }) => {
  const filter = await bounded(ask, tenant, withoutNarrowing(filterOf(query)));
  const hours = {
    opens: wholeOf(query, 'opens', 7, 0, 24),
    closes: wholeOf(query, 'closes', 20, 0, 24),
    least: wholeOf(query, 'least', 50, 1, 1_000_000),
  };
  const found = await ask<Burst>(bursts(tenant, filter, hours));
  const form = questionForm(tenant, 'bursts', {
    opens: String(hours.opens),
    closes: String(hours.closes),
    least: String(hours.least),
    ...withoutNarrowing(filter),
  });
  const appCell = appCells(tenant, found.map(shownApp));
  const rowOf = ({ hour, first, client, name, requests, disclosed, members }: Burst) => {
    const day = hour.slice(0, 10);
    const there = { from: day, to: day, zone: filter.zone, ...(client !== null && { client }) };
    return [
      questionLink(
        tenant,
        client === null ? 'overview' : 'app',
        there,
        `${hour} ${zoneName(first, filter.zone)}`,
      ),
      appCell(there, shownApp({ client, name })),
      requests,
      disclosed,
      members,
    ];
  };
  const which = `the ${SHOWN} hours with the most requests`;
  const body = html`<p>
      Hours before and after the working day, or at a weekend, in which one app asked more often than usual.
    </p>
    ${form}
    ${firstRows('Bursts', ['Hour', 'App', 'Requests', 'Resources', 'Members'], { found, which, rowOf })}`;
  return { body, events: found.reduce((all, { requests }) => all + requests, 0) };
};

export const ANSWERS: Record<QuestionPath, Question> = {
  overview,
  search: trailSearch,
  member: ofMember,
  app: ofApp,
  refusals,
  revoked,
  bursts: outOfHours,
  changes,
  notice: noticePage,
};
