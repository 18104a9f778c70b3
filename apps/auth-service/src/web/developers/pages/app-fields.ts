/** The fields of the form of an app, new or not. */
import { type Html, html } from '@patient-access/pages';
import { TEXTS } from '../../../domain/pages/language.ts';
import { linesField, textField } from './fields.ts';

/** As they were typed, or as they are stored. */
export type AppValues = Readonly<Record<string, string | undefined>>;

/** What the form calls client metadata (RFC 7591 section 2). */
const LABELS = {
  client_name: 'Name',
  redirect_uris: 'Redirect addresses',
  publisher: 'Who publishes it',
  client_uri: 'Home page',
  policy_uri: 'Privacy policy',
  tos_uri: 'Terms of use',
  contacts: 'E-mail address for members',
  initiate_login_uri: 'Launch address',
  jwks_uri: 'Address of its public keys (JWKS)',
  jwks: 'Public keys (a JWK Set)',
};

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

/** The words of the form for the names that the rules of a registration or an application have. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(LABELS),
  ...METHODS.map(([name, label]) => [name, label] as const),
  ...Object.entries(TEXTS.en.consent.statements.questions).map(
    ([id, question]) => [`answers.${id}`, question] as const,
  ),
]);

/**
 * A name stands at the beginning of a part. Within one only such names are looked for as are no words of a sentence.
 *
 * @param problem of a registration or an application
 * @returns it with the words of the form before the names, which the form does not show
 */
export const inWordsOfForm = (problem: string): string =>
  problem.replaceAll(/(?<=^|; )[a-z_]+(?:\.[a-z]+)?(?=[ :.,])|(?<= )(?:[a-z]+_[a-z_]+|jwks)\b/g, (name) => {
    const words = WORDS.get(name);
    return words === undefined ? name : `“${words}” (${name})`;
  });

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
    label: LABELS.jwks_uri,
    hint: 'For an app with a key. This address, or the keys themselves below.',
    value: values['jwks_uri'],
  })}
  ${linesField({ name: 'jwks', label: LABELS.jwks, value: values['jwks'] }, 4)}`;
}

export function appFields(values: AppValues): Html {
  return html`${textField({
    name: 'client_name',
    label: LABELS.client_name,
    hint: 'Members read it when they log in.',
    value: values['client_name'],
    required: true,
  })}
  ${linesField({
    name: 'redirect_uris',
    label: LABELS.redirect_uris,
    hint: 'One on each line. Where members come back to after they have agreed.',
    value: values['redirect_uris'],
    required: true,
  })}
  ${textField({ name: 'publisher', label: LABELS.publisher, value: values['publisher'], autocomplete: 'organization' })}
  ${textField({ name: 'client_uri', label: LABELS.client_uri, type: 'url', value: values['client_uri'] })}
  ${textField({ name: 'policy_uri', label: LABELS.policy_uri, type: 'url', value: values['policy_uri'] })}
  ${textField({ name: 'tos_uri', label: LABELS.tos_uri, type: 'url', value: values['tos_uri'] })}
  ${textField({ name: 'contact', label: LABELS.contacts, type: 'email', value: values['contact'] })}
  ${textField({
    name: 'initiate_login_uri',
    label: LABELS.initiate_login_uri,
    hint: 'For an app that the plan’s portal starts.',
    value: values['initiate_login_uri'],
  })}`;
}
