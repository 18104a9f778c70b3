/** Finding a member by name, member number, login, email address or Patient id. */
import { type Html, html } from '@patient-access/pages';
import { noSuchMember, type KnownPerson } from './directory.ts';
import { anyOf } from './console-sql.ts';
import type { Filter } from './filter.ts';
import type { QuestionPath } from './pages/layout.ts';
import { questionLink, table } from './pages/parts.ts';
import type { QuestionInput } from './questions/question.ts';

interface ChosenMember {
  /** what the field for it has: what was typed, or the id that it found */
  typed: string | undefined;
  /** undefined: nobody was named, or nobody was found, or several */
  member?: KnownPerson;
  /** who the member is, or whom to choose from */
  body: Html;
}

const described = ({ name, patient, numbers, logins }: KnownPerson): Html =>
  html`<p>
    <strong>${name || 'Name not known here'}</strong> · Patient/${patient}
    ${numbers.length > 0 && html`· member number ${numbers.join(', ')}`}
    ${logins.length > 0 && html`· login ${logins.join(', ')}`}
  </p>`;

/** Records of this person stood under another Patient for a time, or those of another one stood under an id of this person. */
const stood = (mine: boolean, below: boolean, under: Html, others: Html): Html =>
  mine
    ? html`<p class="warning">
        Records of this person stood under ${under} for a time. What was done with them then is not below.
      </p>`
    : html`<p class="warning">
        Records of ${others} stood under ${under} for a time. What
        ${below ? 'is below may be about them.' : 'was done with them then is not below.'}
      </p>`;

/**
 * The trail stays as it was written: what was done under an id before a merge or a split is found by that id alone. So a page
 * about one of two ids says that there is another.
 */
async function otherIdsOf(
  { tenant, directory }: QuestionInput,
  filter: Filter,
  path: QuestionPath,
  patient: string,
): Promise<Html> {
  const answer = await directory.ask({ patients: [patient] });
  const { replaced = [], survivors = [], stoodUnder = [] } = answer;
  const ids = [patient, ...replaced.map((each) => each.patient)];
  // Two ids that are one person's by now are named above.
  const others = stoodUnder.filter((each) => !(ids.includes(each.patient) && ids.includes(each.under)));
  const asked = (member: string) => questionLink(tenant, path, { ...filter, member }, `Patient/${member}`);
  return html`${
    replaced.length > 0 &&
    html`<p class="warning">
      Records of other Patients were merged into this one. What was done under their ids is not below:
      ${replaced.map((each) => html`${asked(each.patient)} `)}
    </p>`
  }
  ${survivors.map(
    ({ survivor }) =>
      html`<p class="warning">
        This record was merged into ${asked(survivor)}. What was done under that id is not below.
      </p>`,
  )}
  ${others.map((each) =>
    stood(ids.includes(each.patient), each.under === patient, asked(each.under), asked(each.patient)),
  )}`;
}

function choice(tenant: string, filter: Filter, path: QuestionPath, people: readonly KnownPerson[]): Html {
  const rows = people.map(({ patient, name, numbers, logins }) => [
    questionLink(tenant, path, { ...filter, member: patient }, patient),
    name,
    numbers.join(', '),
    logins.join(', '),
  ]);
  return table('Several members are found', ['Patient id', 'Name', 'Member number', 'Login'], rows);
}

/**
 * The member that the parameter `patient` names: a Patient id, or something that finds one.
 *
 * @throws OperationError 404 when nothing is found, which is another thing than a member about whom nothing happened
 */
export async function chosenMember(
  asked: QuestionInput,
  filter: Filter,
  path: QuestionPath,
): Promise<ChosenMember> {
  const { tenant, query, ask, directory } = asked;
  const text = query.get('patient');
  if (text === undefined) return { typed: text, body: html`` };
  const hasEvents = (await ask(anyOf(tenant, text))).length > 0;
  const { people, complete } = await directory.ask({ find: text });
  const exact = people.find(({ patient }) => patient === text);
  const only = exact ?? (people.length === 1 ? people[0] : undefined);
  const member = hasEvents && !exact ? { patient: text, name: '', numbers: [], logins: [] } : only;
  if (member) {
    const others = await otherIdsOf(asked, filter, path, member.patient);
    return { typed: member.patient, member, body: html`${described(member)} ${others}` };
  }
  if (people.length === 0) throw noSuchMember(text);
  const more = !complete && html`<p class="warning">There are more than these. Type more of the name.</p>`;
  return { typed: text, body: html`${choice(tenant, filter, path, people)} ${more}` };
}
