/** Search in the trail by everything that an index has, and by a few things more. */
import { AccessEvent } from '@patient-access/events';
import { invalid } from '@patient-access/fhir';
import { html } from '@patient-access/pages';
import { WITHOUT_MEMBER } from '../columns.ts';
import { type ConsoleEvent, newest, SHOWN, type TrailPosition } from './facts.ts';
import { type Filter, filterOf, linkOf, type Query } from './filter.ts';
import { known } from './known.ts';
import { consolePath, type QuestionPath } from './pages/layout.ts';
import { eventTable, exports, type Field, questionForm } from './pages/parts.ts';
import { chosenMember } from './people.ts';
import type { QuestionAnswer, Question, QuestionInput } from './question.ts';
import { bounded, headsOf, uptoOf } from './scan.ts';

const POSITION = /^(\d{1,15})\.(\d{1,3})\.(\d{1,18})$/;

/** @throws OperationError 400 when `before` was changed */
function positionIn(query: Query): TrailPosition | undefined {
  const text = query.get('before');
  if (text === undefined) return undefined;
  const [, ms, lane, seq = ''] = POSITION.exec(text) ?? [];
  if (ms === undefined) throw invalid('before: not a position in the trail.', 'before');
  return { stored: new Date(Number(ms)), lane: Number(lane), seq };
}

const textOf = ({ stored, lane, seq }: TrailPosition): string => `${stored.getTime()}.${lane}.${seq}`;

/** A page of events, the newest first, with a link to older ones. */
export async function eventsPage(
  { tenant, ask, query }: QuestionInput,
  filter: Filter,
  path: QuestionPath,
): Promise<QuestionAnswer> {
  const before = positionIn(query);
  const found = await ask<ConsoleEvent>(newest(tenant, filter, before));
  const events = found.slice(0, SHOWN);
  const last = found.length > events.length ? events.at(-1) : undefined;
  const link = linkOf(filter);
  if (last) link.set('before', textOf(last));
  const older = last && html`<p><a href="${consolePath(tenant, path)}?${String(link)}">Older events</a></p>`;
  const caption = before ? 'Older events' : 'Newest events';
  return {
    body: html`${eventTable(tenant, filter, events, undefined, caption)} ${older}`,
    events: events.length,
    shown: events.map(({ id }) => id),
  };
}

const FIELDS: readonly (Omit<Field, 'value' | 'type'> & { of: keyof Filter })[] = [
  { of: 'client', name: 'app', label: 'App (client id)' },
  {
    of: 'outcome',
    name: 'outcome',
    label: 'Outcome',
    options: ['given', 'refused', 'failed', 'interrupted'],
  },
  {
    of: 'action',
    name: 'action',
    label: 'What (kind, or kind/act)',
    options: AccessEvent.shape.kind.options,
  },
  { of: 'reason', name: 'reason', label: 'Reason' },
  { of: 'request', name: 'request', label: 'Request id' },
  { of: 'resource', name: 'resource', label: 'Record (Type/id, or with /_history/version)' },
  { of: 'address', name: 'address', label: 'Network address' },
  { of: 'login', name: 'login', label: 'Login of staff, or subject' },
  { of: 'administrator', name: 'administrator', label: 'Administrator (the name in the entries)' },
];

export const trailSearch: Question = async (asked) => {
  const { tenant, query, ask } = asked;
  const given = filterOf(query);
  const named = query.get('patient');
  const chosen = named === WITHOUT_MEMBER ? undefined : await chosenMember(asked, given, 'search');
  const member = named === WITHOUT_MEMBER ? WITHOUT_MEMBER : chosen?.member?.patient;
  const { member: _, ...others } = given;
  const filter = await known(asked, { ...others, ...(member !== undefined && { member }) });
  const person = {
    name: 'patient',
    label: 'Member: name, number, login or Patient id',
    type: 'text',
    value: member ?? named ?? '',
  } as const;
  const fields = FIELDS.map(({ of, ...rest }): Field => ({
    ...rest,
    type: 'text',
    value: String(given[of] ?? ''),
  }));
  const form = questionForm([person, ...fields], filter);
  if (named !== undefined && member === undefined) return { body: html`${form} ${chosen?.body}`, events: 0 };
  const upto = uptoOf(await headsOf(ask, tenant));
  const whole = await bounded(ask, tenant, filter);
  const { body, ...found } = await eventsPage(asked, whole, 'search');
  return { body: html`${form} ${chosen?.body} ${exports(tenant, filter, upto)} ${body}`, ...found };
};
