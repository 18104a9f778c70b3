/**
 * A box of the consent page. A browser without a script tells nobody that a checkbox was unchecked, and forgets it when
 * the page is loaded again. So a box is a button: each press is kept by the server before the page is shown again (ADR 70).
 */
import { type Html, html } from '@patient-access/pages';
import { CHOICE_FIELD, choiceText } from '../../../domain/consent/change-choice.ts';

interface ChoiceButton {
  role: 'checkbox' | 'radio';
  /** of the hidden field that the form sends while it is chosen */
  name: string;
  value: string;
  isChosen: boolean;
  words: Html;
}

/** What a press does stands in the button, so a second press does the same and not the opposite. */
export function choiceButton({ role, name, value, isChosen, words }: ChoiceButton): Html {
  const isOn = role === 'radio' || !isChosen;
  return html`<div class="choice">
    ${isChosen && html`<input type="hidden" name="${name}" value="${value}" />`}
    <button
      id="${name}-${value}"
      role="${role}"
      aria-checked="${String(isChosen)}"
      name="${CHOICE_FIELD}"
      value="${choiceText({ name, value, isOn })}"
    >
      <span class="box" aria-hidden="true"></span><span class="words">${words}</span>
    </button>
  </div>`;
}
