import { type Html, html } from '@patient-access/pages';
import { staffPage } from '../pages/staff-page.ts';

/** What the page says about the form that was sent. */
export type NotBeforeResult = { ended: readonly string[]; before: string } | { problem: string };

/** What somebody typed, without the secret. */
export interface NotBeforeFields {
  administrator?: string | undefined;
  /** id of one plan */
  tenant?: string | undefined;
  everywhere?: boolean;
  before?: string | undefined;
}

function resultOf(result: NotBeforeResult | undefined): Html | undefined {
  if (!result) return undefined;
  if ('problem' in result) return html`<p class="alert" role="alert" id="problem">${result.problem}</p>`;
  return html`<p class="done" role="status">
    All tokens, sessions and grants from before ${result.before} have ended at: ${result.ended.join(', ')}.
  </p>`;
}

function form({ administrator, tenant, everywhere, before }: NotBeforeFields): Html {
  return html`<form method="post">
    <div class="field">
      <label for="administrator">Your name</label>
      <input id="administrator" name="administrator" required maxlength="64" value="${administrator ?? ''}" />
    </div>
    <div class="field">
      <label for="tenant">Plan (its id)</label>
      <input id="tenant" name="tenant" maxlength="64" value="${tenant ?? ''}" />
    </div>
    <div class="choice">
      <input type="checkbox" id="everywhere" name="everywhere" value="yes" ${everywhere && html`checked`} />
      <label for="everywhere">All plans of the installation</label>
    </div>
    <div class="field">
      <label for="before">Instant, with its time zone; empty: now</label>
      <input id="before" name="before" placeholder="2026-11-26T02:14:00Z" value="${before ?? ''}" />
    </div>
    <div class="field">
      <label for="secret">Administration secret</label>
      <input id="secret" name="secret" type="password" required autocomplete="off" />
    </div>
    <div class="actions"><button class="primary">End everything</button></div>
  </form>`;
}

/** The page for staff at which everything that was issued before an instant ends. */
export function notBeforePage(fields: NotBeforeFields, result?: NotBeforeResult): string {
  const body = html`<p>
      After a restore, or when secrets may be known, all tokens, sessions and grants that were issued at that
      instant or before it end. Members log in again and connect their apps again. This cannot be undone, and
      it is recorded in the audit trail under your name.
    </p>
    ${resultOf(result)} ${form(fields)}`;
  return staffPage('End everything from before an instant', body);
}
