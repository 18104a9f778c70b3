/** Search in the trail by everything that an index has, and by a few things more. */
import { invalid } from '@patient-access/fhir';
import { html } from '@patient-access/pages';
import { WITHOUT_MEMBER } from '../../columns.ts';
import { type ConsoleEvent, newest, SHOWN, type TrailPosition } from '../console-sql.ts';
import { type Filter, filterOf, linkOf, type Query } from '../filter.ts';
import { requireKnown } from '../require-known.ts';
import { consolePath, type QuestionPath } from '../pages/layout.ts';
import { eventTable, exports } from '../pages/parts.ts';
import { questionForm } from '../pages/question-form.ts';
import { chosenMember } from '../people.ts';
import type { QuestionAnswer, Question, QuestionInput } from './question.ts';
import { bounded, headsOf, uptoOf } from '../scan.ts';

/** The time in milliseconds is of a year that Postgres reads. */
const POSITION = /^(\d{1,14})\.(\d{1,3})\.(\d{1,18})$/;

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

export const trailSearch: Question = async (asked) => {
  const { tenant, query, ask } = asked;
  const given = filterOf(query);
  const named = query.get('patient');
  const chosen = named === WITHOUT_MEMBER ? undefined : await chosenMember(asked, given, 'search');
  const member = named === WITHOUT_MEMBER ? WITHOUT_MEMBER : chosen?.member?.patient;
  const { member: _, ...others } = given;
  const filter = await requireKnown(asked, { ...others, ...(member !== undefined && { member }) });
  const form = questionForm(tenant, 'search', {
    ...Object.fromEntries(linkOf(given)),
    patient: member ?? named,
  });
  if (named !== undefined && member === undefined) return { body: html`${form} ${chosen?.body}`, events: 0 };
  const upto = uptoOf(await headsOf(ask, tenant));
  const whole = await bounded(ask, tenant, filter);
  const { body, ...found } = await eventsPage(asked, whole, 'search');
  return { body: html`${form} ${chosen?.body} ${exports(tenant, filter, upto)} ${body}`, ...found };
};
