/** A field of a form that makes something, by which a second press of its button is known. */
import { randomBytes } from 'node:crypto';
import { type Html, html } from '@patient-access/pages';

export const ONCE_FIELD = 'once';
const BYTES = 16;

/** It has another value each time that the form is shown. The answer loaded again sends the same one. */
export const onceField = (): Html =>
  html`<input type="hidden" name="${ONCE_FIELD}" value="${randomBytes(BYTES).toString('base64url')}" />`;
