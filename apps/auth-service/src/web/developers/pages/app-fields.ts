/** The fields of the form of an app, new or not. */
import { type Html, html } from '@patient-access/pages';
import { linesField, textField } from './fields.ts';

/** As they were typed, or as they are stored. */
export type AppValues = Readonly<Record<string, string | undefined>>;

/** How an app proves who it is. */
const METHODS = [
  ['none', 'In a browser, on a phone or on a computer', 'It keeps no secret, and proves itself by PKCE.'],
  ['client_secret_basic', 'On a server, with a secret', 'You get the secret once.'],
  [
    'private_key_jwt',
    'On a server, with a key of its own',
    'You give us the public key. This is the safest.',
  ],
] as const;

export const methodWords = (method: string): string =>
  METHODS.find(([name]) => name === method)?.[1] ?? 'On a server, with a secret';

export function methodChoice(chosen = 'none'): Html {
  const choices = METHODS.map(
    ([value, label, why]) =>
      html`<div class="choice">
        <input
          type="radio"
          name="method"
          id="method-${value}"
          value="${value}"
          ${value === chosen && html`checked`}
        />
        <label for="method-${value}"><strong>${label}</strong><span>${why}</span></label>
      </div>`,
  );
  return html`<fieldset>
    <legend>Where does the app run?</legend>
    <div class="stack">${choices}</div>
  </fieldset>`;
}

export function keyFields(values: AppValues): Html {
  return html`${textField({
    name: 'jwks_uri',
    label: 'Address of its public keys (JWKS)',
    hint: 'For an app with a key. This address, or the keys themselves below.',
    value: values['jwks_uri'],
  })}
  ${linesField({ name: 'jwks', label: 'Public keys (a JWK Set)', value: values['jwks'] }, 4)}`;
}

export function appFields(values: AppValues): Html {
  return html`${textField({
    name: 'client_name',
    label: 'Name',
    hint: 'Members read it when they log in.',
    value: values['client_name'],
    required: true,
  })}
  ${linesField({
    name: 'redirect_uris',
    label: 'Redirect addresses',
    hint: 'One on each line. Where members come back to after they have agreed.',
    value: values['redirect_uris'],
    required: true,
  })}
  ${textField({ name: 'publisher', label: 'Who publishes it', value: values['publisher'], autocomplete: 'organization' })}
  ${textField({ name: 'client_uri', label: 'Home page', type: 'url', value: values['client_uri'] })}
  ${textField({ name: 'policy_uri', label: 'Privacy policy', type: 'url', value: values['policy_uri'] })}
  ${textField({ name: 'tos_uri', label: 'Terms of use', type: 'url', value: values['tos_uri'] })}
  ${textField({ name: 'contact', label: 'E-mail address for members', type: 'email', value: values['contact'] })}
  ${textField({
    name: 'initiate_login_uri',
    label: 'Launch address',
    hint: 'For an app that the plan’s portal starts.',
    value: values['initiate_login_uri'],
  })}`;
}
