/**
 * The boxes of the consent page. Kinds of data are checked at first if the app asks for them; sensitive categories
 * are not checked. How a box keeps what was chosen: choice-button.ts.
 */
import { type ConsentKind, PART2_STATEMENT } from '@patient-access/fhir';
import { type Kind, KINDS } from '../../../domain/consent/kinds.ts';
import type { RequestedKind } from '../../../domain/consent/requested-access.ts';
import type { SensitiveOffer, ConsentSnapshot } from '../../../domain/consent/consent-snapshot.ts';
import { type Html, html } from '@patient-access/pages';
import type { Texts } from '../../../domain/pages/texts/en.ts';
import { partText } from '../restriction-text.ts';
import { choiceButton } from './choice-button.ts';

type Words = Texts['consent'];

interface Box {
  name: string;
  value: string;
  text: { label: string; explanation: string };
  ticked: boolean;
  parts?: string[];
}

function checkbox({ name, value, text, ticked, parts = [] }: Box): Html {
  const words = html`<strong>${text.label}</strong><span>${text.explanation}</span>${parts.map(
      (part) => html`<span class="part">${part}</span>`,
    )}`;
  return choiceButton({ role: 'checkbox', name, value, isChosen: ticked, words });
}

const GROUPS = [...new Set(KINDS.map(({ group }) => group))];
const GROUP_OF = new Map<string, Kind['group']>(KINDS.map(({ id, group }) => [id, group]));
/** A shorter list needs no headings. */
const MAX_UNGROUPED = 4;

function kindBox(words: Words, { id, restrictions }: RequestedKind, ticked: ReadonlySet<string>): Html {
  return checkbox({
    name: 'kind',
    value: id,
    text: words.kindTexts[id],
    ticked: ticked.has(id),
    parts: restrictions.map((restriction) => partText(words, restriction)),
  });
}

function grouped(words: Words, kinds: RequestedKind[], ticked: ReadonlySet<string>): Html[] {
  const boxes = (some: RequestedKind[]) =>
    html`<div class="choices">${some.map((kind) => kindBox(words, kind, ticked))}</div>`;
  if (kinds.length <= MAX_UNGROUPED) return [boxes(kinds)];
  return GROUPS.flatMap((group) => {
    const members = kinds.filter(({ id }) => GROUP_OF.get(id) === group);
    if (members.length === 0) return [];
    return html`<div role="group" aria-labelledby="group-${group}">
      <h3 id="group-${group}">${words.groups[group]}</h3>
      ${boxes(members)}
    </div>`;
  });
}

/** The identity of the login has no checkbox, because an app that asks for it cannot work without it. */
function identity(words: Words, { identity: part, fhirUser }: ConsentSnapshot): Html | undefined {
  const entry = fhirUser && html`<p>${words.fhirUserParts[fhirUser]}</p>`;
  if (part === undefined && !entry) return undefined;
  return html`<div class="fixed">
    <div><strong>${words.identity}</strong>${part && html`<em>${words.always}</em>`}</div>
    ${part && html`<p>${words.identityParts[part]}</p>`} ${entry}
  </div>`;
}

/** What the app gets of the person whose data it would be, when it asks for none. */
function noKinds(words: Words, { member }: ConsentSnapshot): Html {
  return html`<p class="note">${words.noData} ${member && words.memberCode(member.name)}</p>`;
}

export function kindBoxes(words: Words, snapshot: ConsentSnapshot, ticked: ReadonlySet<string>): Html {
  const { kinds, everything } = snapshot;
  if (kinds.length === 0) return html`${noKinds(words, snapshot)} ${identity(words, snapshot)}`;
  return html`<fieldset>
      <legend><h2>${words.kinds}</h2></legend>
      <p class="hint">${everything ? words.everything : words.untick}</p>
      ${kinds.length > 1 && html`<p class="hint">${words.overlap}</p>`} ${grouped(words, kinds, ticked)}
    </fieldset>
    ${identity(words, snapshot)}
    <p class="note">${words.readOnly}</p>`;
}

function sensitiveBox(
  words: Words,
  { id, text, part2 }: SensitiveOffer,
  { app, ticked }: Pick<ConsentSnapshot, 'app'> & { ticked: ReadonlySet<string> },
): Html {
  const known = words.sensitiveTexts as Record<string, { label: string; explanation: string }>;
  const shown = text ?? known[id] ?? { label: id, explanation: '' };
  const notice = [words.part2(PART2_STATEMENT), ...(app.carriesLimits ? [] : [words.part2NotCarried])];
  return checkbox({
    name: 'sensitive',
    value: id,
    text: shown,
    ticked: ticked.has(id),
    parts: part2 ? notice : [],
  });
}

/** The kinds of data that the plan's totals are a part of. They count what is withheld, too (ADR 54). */
const WITH_TOTALS: readonly ConsentKind[] = ['coverage', 'claims'];

/** Sensitive data is not shared unless its box is checked (42 CFR Part 2; security case F52). */
export function sensitiveBoxes(
  words: Words,
  { sensitive, app, kinds }: ConsentSnapshot,
  ticked: ReadonlySet<string>,
): Html | undefined {
  if (sensitive.length === 0) return undefined;
  const hasTotals = kinds.some(({ id }) => WITH_TOTALS.includes(id));
  return html`<fieldset class="sensitive">
    <legend><h2>${words.sensitive}</h2></legend>
    <p class="hint">${words.sensitiveWhy}</p>
    <div class="choices">${sensitive.map((offer) => sensitiveBox(words, offer, { app, ticked }))}</div>
    ${hasTotals && html`<p class="hint">${words.planSums}</p>`}
  </fieldset>`;
}
