/** The field of a form with which a developer sends the logo of an app. */
import { type Html, html } from '@patient-access/pages';
import { LOGO_RULES } from '../../../domain/logos/logo.ts';
import type { AppValues } from './app-fields.ts';

export const LOGO_FIELD = 'logo';
export const NO_LOGO_FIELD = 'no_logo';

/** @param before does the app have a logo now? */
export function logoField(before: boolean, values: AppValues): Html {
  const removal = html`<div class="choice">
    <input
      type="checkbox"
      id="${NO_LOGO_FIELD}"
      name="${NO_LOGO_FIELD}"
      value="yes"
      ${values[NO_LOGO_FIELD] === 'yes' && html`checked`}
    />
    <label for="${NO_LOGO_FIELD}"><strong>Show no logo any more</strong></label>
  </div>`;
  return html`<div class="field">
    <label for="${LOGO_FIELD}">${before ? 'Another logo' : 'Logo'}</label>
    <p class="hint" id="${LOGO_FIELD}-hint">
      ${LOGO_RULES} Members see it beside the name. We keep the picture alone, without what else is in the
      file.
    </p>
    <input
      type="file"
      id="${LOGO_FIELD}"
      name="${LOGO_FIELD}"
      accept="image/png,image/jpeg"
      aria-describedby="${LOGO_FIELD}-hint"
    />
    ${before && removal}
  </div>`;
}
