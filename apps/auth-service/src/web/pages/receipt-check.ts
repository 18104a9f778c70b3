import { type Html, html } from '@patient-access/pages';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { alert, done, fieldState, LANGUAGE_FIELD, type PageFrame, renderPlanPage } from './layout.ts';
import { type ReceiptFacts, receiptFactList } from './receipt-facts.ts';

export interface ReceiptCheckView extends PageFrame {
  /** what was wrong with the receipt, or with the request */
  problem?: string;
  /** what a genuine receipt says, and what became of its consent */
  genuine?: { facts: ReceiptFacts; issued: string; state: { at: string; words: string } };
}

function checkForm({ texts, problem }: ReceiptCheckView): Html {
  const check = texts.receiptCheck;
  return html`<form method="post">
    <input type="hidden" name="${LANGUAGE_FIELD}" value="${texts.language}" />
    <div class="field">
      <label for="receipt">${check.field}</label>
      <textarea
        id="receipt"
        name="receipt"
        rows="6"
        autocomplete="off"
        spellcheck="false"
        ${fieldState({ problem }, 'hint')}
        required
      ></textarea>
      <p class="note" id="hint">${check.hint}</p>
    </div>
    <div class="actions"><button class="primary">${check.submit}</button></div>
  </form>`;
}

function genuinePart(
  texts: Texts,
  plan: string,
  { facts, issued, state }: NonNullable<ReceiptCheckView['genuine']>,
): Html {
  const check = texts.receiptCheck;
  return html`${done(check.genuine(plan, issued))}
    <p class="hint">${check.compare}</p>
    ${receiptFactList(texts, facts, state)}`;
}

/** The page where anybody finds out whether a receipt that they were shown is genuine, and whether it still holds. */
export function receiptCheckPage(view: ReceiptCheckView): string {
  const { texts, plan, genuine, problem } = view;
  const check = texts.receiptCheck;
  const body = html`<h1>${check.title}</h1>
    <p class="lead">${check.why(plan)}</p>
    ${alert(problem)} ${genuine && genuinePart(texts, plan, genuine)} ${checkForm(view)}`;
  return renderPlanPage(view, { title: check.title, body, wide: true });
}
