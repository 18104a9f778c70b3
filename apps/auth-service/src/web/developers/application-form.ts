/** Reads the form of an application, and fills it again from what is stored. */
import type { ApplicationContent, ContentInput } from '../../domain/applications/content.ts';
import { QUESTION_IDS } from '../../domain/applications/questions.ts';
import type { Client } from '../../domain/clients/clients.ts';
import { APPROVED_SCOPE, MAKER_ANSWERS } from '../../domain/clients/metadata.ts';
import { appChange, newApp, appValuesOf } from './app-form.ts';
import type { AppValues } from './pages/app-fields.ts';
import { answerField } from './pages/application-fields.ts';

/**
 * @param base the app that is to be changed: what the form does not ask for stays
 * @throws RegistrationError
 */
export function applicationIn(fields: URLSearchParams, base?: Client['metadata']): ContentInput {
  const answers = QUESTION_IDS.map((id) => [id, fields.get(answerField(id)) ?? '']);
  return {
    metadata: base ? { ...base, ...appChange(fields) } : newApp(fields),
    answers: Object.fromEntries(answers),
    scope: fields.get('scope') ?? '',
  };
}

const answersAsValues = (answers: ApplicationContent['answers'] | undefined): AppValues =>
  Object.fromEntries(QUESTION_IDS.map((id) => [answerField(id), answers?.[id]]));

export const valuesOfContent = ({ metadata, answers, scope }: ApplicationContent): AppValues => ({
  ...appValuesOf({ metadata }),
  ...answersAsValues(answers),
  method: metadata.token_endpoint_auth_method,
  scope,
});

export const valuesOfApproved = ({ metadata }: Client): AppValues => ({
  ...appValuesOf({ metadata }),
  ...answersAsValues(metadata[MAKER_ANSWERS]),
  scope: metadata[APPROVED_SCOPE],
});
