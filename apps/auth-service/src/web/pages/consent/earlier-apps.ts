/** The form says what its page says of apps that were connected before: this may be another by the time it is posted. */
import { type Html, html } from '@patient-access/pages';
import type { EarlierApps } from '../../../domain/consent/consent-snapshot.ts';

const SAME_NAME = 'same_name';
const CONNECTED = 'connected';

export const earlierAppsFields = ({ sameName, connected }: EarlierApps): Html =>
  html`${sameName !== undefined && html`<input type="hidden" name="${SAME_NAME}" value="${sameName}" />`}
  ${connected && html`<input type="hidden" name="${CONNECTED}" value="true" />`}`;

export const earlierAppsIn = (fields: URLSearchParams): EarlierApps => ({
  sameName: fields.get(SAME_NAME) ?? undefined,
  ...(fields.has(CONNECTED) && { connected: true }),
});
