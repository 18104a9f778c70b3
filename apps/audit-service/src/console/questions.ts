/** The saved questions: the statements that each runs on the trail, and how the answer is shown. */
import { invalid } from '@patient-access/fhir';
import { type Html, html } from '@patient-access/pages';
import { type Ask, headsOf, uptoOf } from './export.ts';
import {
  afterRevocation,
  type Burst,
  bursts,
  byApp,
  byReason,
  daily,
  type Day,
  type ConsoleEvent,
  newest,
  type OfApp,
  type OfReason,
} from './facts.ts';
import { type Filter, filterOf, type Query } from './filter.ts';
import type { QuestionPath } from './pages/layout.ts';
import {
  appLink,
  searchForm as link,
  chart,
  eventTable,
  exports,
  instant,
  questionForm,
  table,
} from './pages/parts.ts';

interface QuestionInput {
  tenant: string;
  query: Query;
  ask: Ask;
}

interface Answer {
  body: Html;
  /** number of events in the answer, which the auditor has seen */
  events: number;
}

type Question = (asked: QuestionInput) => Promise<Answer>;

const sum = (days: readonly Day[]): number =>
  days.reduce((all, { given, refused }) => all + given + refused, 0);

function appTable(tenant: string, filter: Filter, apps: readonly OfApp[]): Html {
  const rows = apps.map(({ client, name, given, refused, disclosed, members, last }) => [
    client === null ? 'no app' : appLink(tenant, filter, client, name ?? client),
    given,
    refused,
    disclosed,
    members,
    instant(last, filter.zone),
  ]);
  return table('By app', ['App', 'Given', 'Refused', 'Resources', 'Members', 'Last'], rows);
}

/** A chart, the apps and the newest events of a filter: the answer to most questions. */
async function everythingOf(
  { tenant, ask }: QuestionInput,
  filter: Filter,
  caption: string,
): Promise<Answer> {
  const upto = uptoOf(await headsOf(ask, tenant));
  const days = await ask<Day>(daily(tenant, filter));
  const apps = await ask<OfApp>(byApp(tenant, filter));
  const events = await ask<ConsoleEvent>(newest(tenant, filter));
  const body = html`${chart(caption, filter, days)} ${exports(tenant, filter, upto)}
  ${appTable(tenant, filter, apps)} ${eventTable(tenant, filter, events)}`;
  return { body, events: Math.max(sum(days), events.length) };
}

const overview: Question = async (asked) => {
  const { from, to, zone } = filterOf(asked.query);
  const filter = { from, to, zone };
  const { body, events } = await everythingOf(asked, filter, 'Access to all members, day by day');
  return { body: html`${questionForm([], filter)} ${body}`, events };
};

const ofMember: Question = async (asked) => {
  const { client: _, ...filter } = filterOf(asked.query);
  const { member } = filter;
  const fields = [
    { name: 'patient', label: 'Patient id', type: 'text', value: member ?? '', required: true },
  ] as const;
  const form = questionForm(fields, filter);
  if (member === undefined) return { body: form, events: 0 };
  const { body, events } = await everythingOf(
    asked,
    filter,
    `Access to the data of Patient/${member}, day by day`,
  );
  return { body: html`${form} ${body}`, events };
};

const ofApp: Question = async (asked) => {
  const { member: _, ...filter } = filterOf(asked.query);
  const { client } = filter;
  const fields = [
    { name: 'app', label: 'Client id', type: 'text', value: client ?? '', required: true },
  ] as const;
  const form = questionForm(fields, filter);
  if (client === undefined) return { body: form, events: 0 };
  const { body, events } = await everythingOf(asked, filter, `What ${client} asked for, day by day`);
  return { body: html`${form} ${body}`, events };
};

const refusals: Question = async ({ tenant, query, ask }) => {
  const filter = filterOf(query);
  const days = await ask<Day>(daily(tenant, filter));
  const reasons = await ask<OfReason>(byReason(tenant, filter));
  const onlyRefused = days.map(({ day, refused }) => ({ day, given: 0, refused }));
  const rows = reasons.map(({ reason, kind, client, refused, members, last }) => [
    reason ?? 'none given',
    kind,
    appLink(tenant, filter, client),
    refused,
    members,
    instant(last, filter.zone),
  ]);
  const body = html`${questionForm([], filter)} ${chart('Refusals, day by day', filter, onlyRefused)}
  ${table('By reason and app', ['Reason', 'Kind', 'App', 'Times', 'Members', 'Last'], rows)}`;
  return { body, events: reasons.reduce((all, { refused }) => all + refused, 0) };
};

const revoked: Question = async ({ tenant, query, ask }) => {
  const filter = filterOf(query);
  const events = await ask<ConsoleEvent & { ended: Date }>(afterRevocation(tenant, filter));
  const given = events.filter(({ outcome, kind }) => outcome === '0' && kind === 'rest').length;
  const ended = new Map(events.map(({ id, ended: at }) => [id, at]));
  const column = {
    title: 'Consent ended',
    of: ({ id }: ConsoleEvent) => instant(ended.get(id) as Date, filter.zone),
  };
  const body = html`<p>
      What was asked for under a consent after it had ended. Refusals are as it should be; an answer that was
      under way at that moment may still have been given. Requests with a token that is no longer live are
      refused at the gateway and counted by address, not listed here.
    </p>
    ${questionForm([], filter)}
    ${given > 0 && html`<p class="alert" role="alert">Data was given after revocation: ${given} times.</p>`}
    ${eventTable(tenant, filter, events, column, 'Asked for after revocation')}`;
  return { body, events: events.length };
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
  const filter = filterOf(query);
  const hours = {
    opens: wholeOf(query, 'opens', 7, 0, 24),
    closes: wholeOf(query, 'closes', 20, 0, 24),
    least: wholeOf(query, 'least', 50, 1, 1_000_000),
  };
  const found = await ask<Burst>(bursts(tenant, filter, hours));
  const asField = (name: keyof typeof hours, label: string) =>
    ({ name, label, type: 'number', value: String(hours[name]) }) as const;
  const fields = [
    asField('opens', 'Day begins'),
    asField('closes', 'Day ends'),
    asField('least', 'Requests, at least'),
  ];
  const rows = found.map(({ hour, client, requests, disclosed, members }) => {
    const day = hour.slice(0, 10);
    const there = { from: day, to: day, zone: filter.zone, ...(client !== null && { client }) };
    return [
      link(tenant, client === null ? 'overview' : 'app', there, hour),
      appLink(tenant, there, client),
      requests,
      disclosed,
      members,
    ];
  });
  const body = html`<p>
      Hours before and after the working day, or at a weekend, in which one app asked more often than usual.
    </p>
    ${questionForm(fields, filter)}
    ${table('Bursts', ['Hour', 'App', 'Requests', 'Resources', 'Members'], rows)}`;
  return { body, events: found.reduce((all, { requests }) => all + requests, 0) };
};

export const ANSWERS: Record<QuestionPath, Question> = {
  overview,
  member: ofMember,
  app: ofApp,
  refusals,
  revoked,
  bursts: outOfHours,
};
