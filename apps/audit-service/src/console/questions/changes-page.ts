/** What was changed in a period: consents, apps, logins, imported data, the trail itself. Reading changes nothing. */
import { html } from '@patient-access/pages';
import { changesOf } from './changes-sql.ts';
import { type ConsoleEvent, SHOWN } from '../console-sql.ts';
import { filterOf, withoutNarrowing } from '../filter.ts';
import { eventTable, instant } from '../pages/parts.ts';
import { questionForm } from '../pages/question-form.ts';
import { chosenMember } from '../people.ts';
import type { Question } from './question.ts';
import { bounded } from '../scan.ts';

const WRITES = html`<p>
  Apps cannot change a member’s data: this system has no operation for it. Data changes when the plan imports
  it, or sets its sensitive codes or its words for codes. Below are these, consents, changes of apps and
  logins, links to insurance cards, and acts on the trail itself. Reads, refusals, logins, mails and exports
  are not changes.
</p>`;

/** In words: is the trail what was written? */
async function trailState({ tenant, ask, chains }: Parameters<Question>[0], zone: string) {
  const [checkpoint] = await ask<{ signed: Date; records: string }>({
    text: `SELECT c.signed, c.records FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'head'
            ORDER BY c.records DESC LIMIT 1`,
    values: [tenant],
  });
  const { problems, verified } = chains.of(tenant);
  if (problems.length > 0)
    return html`<p class="alert" role="alert">
      The trail itself does not verify: ${problems.join('; ')}. What to do stands in docs/audit.md.
    </p>`;
  const signed = checkpoint
    ? `The trail was signed last on ${instant(checkpoint.signed, zone)}, over ${checkpoint.records} records. `
    : 'The trail was not signed yet. ';
  return html`<p>
    ${signed} Since it started, this service has verified ${verified} records of this plan again, each as
    often as it came round, and found none that was changed. The proof from outside is
    <code>npm run audit:verify</code> with checkpoints that are kept elsewhere.
  </p>`;
}

export const changes: Question = async (asked) => {
  const { tenant, query, ask } = asked;
  const filter = withoutNarrowing(filterOf(query));
  const chosen = await chosenMember(asked, filter, 'changes');
  const form = questionForm(tenant, 'changes', { ...filter, patient: chosen.typed });
  if (query.has('patient') && !chosen.member) return { body: html`${form} ${chosen.body}`, events: 0 };
  const member = chosen.member?.patient;
  const whole = await bounded(ask, tenant, { ...filter, ...(member !== undefined && { member }) });
  const found = await ask<ConsoleEvent>(changesOf(tenant, whole));
  const events = found.slice(0, SHOWN);
  const whom = member === undefined ? 'this plan' : `Patient/${member}`;
  const nothing =
    events.length === 0 &&
    html`<p>
      <strong>No change is in the trail.</strong> From ${filter.from} to ${filter.to} it has no event about
      ${whom} that changes anything.
    </p>`;
  const more =
    found.length > events.length &&
    html`<p class="warning">These are the newest ${SHOWN}; there are more. Choose a shorter period.</p>`;
  const list = events.length > 0 && eventTable(tenant, filter, events, undefined, 'Changes');
  const body = html`${WRITES} ${form} ${chosen.body} ${await trailState(asked, filter.zone)} ${nothing}
  ${list} ${more}`;
  return { body, events: events.length, shown: events.map(({ id }) => id) };
};
