/** What was asked for under a consent after it had ended, and with tokens that had ended. */
import { OperationError } from '@patient-access/fhir';
import { type Html, html } from '@patient-access/pages';
import { type EndedTokensOfApp, endedTokensByApp, newestEndedTokens } from './ended-tokens.ts';
import { type AfterRevocation, afterRevocation } from './after-revocation-sql.ts';
import { type ConsoleEvent, SHOWN } from '../console-sql.ts';
import { type Filter, filterOf, linkOf, withoutNarrowing } from '../filter.ts';
import { requireKnown } from '../require-known.ts';
import { consolePath } from '../pages/layout.ts';
import {
  appCells,
  asked,
  eventsOfTable,
  eventTable,
  firstRows,
  instant,
  memberLink,
  shownApp,
  table,
} from '../pages/parts.ts';
import { requestsIn } from '../event-view.ts';
import { questionForm } from '../pages/question-form.ts';
import { chosenMember } from '../people.ts';
import type { Question, QuestionAnswer, QuestionInput } from './question.ts';
import { bounded, headsOf, uptoOf } from '../scan.ts';

const LEAD = html`<p>
    What was asked for under a consent after it had ended. Refusals are as it should be; an answer that was
    under way at that moment may still have been given.
  </p>
  <p>
    Below it are the requests with access tokens that had ended, by app. All of them were refused. Each leaves
    its own entry with its request id; beyond thirty of one app in a minute they are counted together. A token
    is known for 30 days after its end.
  </p>`;

async function underConsents({ tenant, ask }: QuestionInput, filter: Filter): Promise<QuestionAnswer> {
  const found = await ask<AfterRevocation>(afterRevocation(tenant, filter));
  const [{ given } = { given: 0 }] = found;
  const events = found.slice(0, SHOWN);
  const more =
    found.length > events.length &&
    html`<p class="warning">
      These are the newest ${SHOWN}; there are more. Choose a member, an app, or a shorter period.
    </p>`;
  const ended = new Map(events.map(({ id, ended: at }) => [id, at]));
  const column = {
    title: 'Consent ended',
    of: ({ id }: ConsoleEvent) => instant(ended.get(id) as Date, filter.zone),
  };
  const body = html`${
    given > 0 &&
    html`<p class="alert" role="alert">
      Data was given after revocation: ${given === 1 ? 'once' : `${given} times`}.
    </p>`
  }
  ${eventTable(tenant, filter, events, column, 'Asked for after revocation')} ${more}`;
  return { body, events: events.length, shown: events.map(({ id }) => id) };
}

const BY_APP = ['App', 'Requests', 'Of these counted', 'Members', 'First', 'Last'];

function byAppTable(tenant: string, filter: Filter, apps: readonly EndedTokensOfApp[]): Html {
  const appCell = appCells(tenant, apps.map(shownApp));
  return firstRows('Requests with tokens that had ended, by app', BY_APP, {
    found: apps,
    which: `${SHOWN} apps with the most requests of their own entry`,
    rowOf: (app) => [
      appCell(filter, shownApp(app)),
      app.listed + app.counted,
      app.counted,
      app.members,
      instant(app.first, filter.zone),
      instant(app.last, filter.zone),
    ],
  });
}

const NEWEST = ['Recorded', 'App', 'Times', 'Request id', 'Member', 'Grant', 'Reason', 'Asked', 'From'];

function newestTable(tenant: string, filter: Filter, events: readonly ConsoleEvent[]): Html {
  const rows = eventsOfTable(tenant, filter, events).map(({ stored, event, app }) => {
    return [
      instant(stored.recorded, filter.zone),
      app,
      requestsIn(event),
      event.count === undefined ? html`<code>${event.requestId}</code>` : 'counted together',
      memberLink(tenant, filter, stored.member),
      html`<code>${stored.grant_id ?? ''}</code>`,
      stored.reason ?? '',
      asked(event),
      event.address ?? '',
    ];
  });
  return table('Newest requests with tokens that had ended', NEWEST, rows);
}

async function withEndedTokens({ tenant, ask }: QuestionInput, filter: Filter): Promise<QuestionAnswer> {
  const apps = await ask<EndedTokensOfApp>(endedTokensByApp(tenant, filter));
  if (apps.length === 0) return { body: byAppTable(tenant, filter, apps), events: 0 };
  const found = await newestEndedTokens(ask, tenant, filter);
  const events = found.slice(0, SHOWN);
  const query = String(linkOf({ ...filter, upto: uptoOf(await headsOf(ask, tenant)) }));
  const file = `${consolePath(tenant, 'ended-tokens.csv')}?${query}`;
  const manifest = `${consolePath(tenant, 'manifest.json')}?${query}&of=ended-tokens`;
  const more = found.length > events.length && html`The table below has the newest ${SHOWN}. `;
  const body = html`${byAppTable(tenant, filter, apps)}
    <p>
      ${more}<a href="${file}">All of them as CSV</a>,
      <a href="${manifest}">and its manifest</a>
    </p>
    ${newestTable(tenant, filter, events)}`;
  return { body, events: events.length, shown: events.map(({ id }) => id) };
}

const TOO_MANY = html`<p class="warning">
  This period has too many requests with ended tokens to add up within a second. Choose an app or a shorter
  period.
</p>`;

/** One of the two questions may take too long, and the other is answered. */
async function orTooMany(answer: Promise<QuestionAnswer>): Promise<QuestionAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OperationError && error.status === 400) return { body: TOO_MANY, events: 0 };
    throw error;
  }
}

export const revoked: Question = async (asked) => {
  const { tenant, query, ask } = asked;
  const given = filterOf(query);
  const chosen = await chosenMember(asked, given, 'revoked');
  const [member, { client }] = [chosen.member?.patient, given];
  const narrowedTo = { ...(member !== undefined && { member }), ...(client !== undefined && { client }) };
  const form = questionForm(tenant, 'revoked', {
    ...withoutNarrowing(given),
    patient: chosen.typed,
    app: client,
  });
  if (query.has('patient') && member === undefined)
    return { body: html`${LEAD} ${form} ${chosen.body}`, events: 0 };
  const whole = await requireKnown(asked, { ...withoutNarrowing(given), ...narrowedTo });
  const filter = await bounded(ask, tenant, whole);
  const first = await underConsents(asked, filter);
  const second = await orTooMany(withEndedTokens(asked, filter));
  const body = html`${LEAD} ${form} ${chosen.body} ${first.body} ${second.body}`;
  const shown = [...(first.shown ?? []), ...(second.shown ?? [])];
  return { body, events: first.events + second.events, shown };
};
