/** What an application says: the app as it would be registered, the scopes that it will ask for, and the answers. */
import { type ClientMetadata, parseMetadata, type Registrant } from '../clients/metadata.ts';
import { invalidMetadata } from '../clients/registration-error.ts';
import { parseInput } from '../parse-input.ts';
import { acceptScope, ScopeError } from '../scopes/scopes.ts';
import { AnswersForm } from './answers.ts';
import type { Answers } from './questions.ts';

export interface ApplicationContent {
  metadata: ClientMetadata;
  answers: Answers;
  /** all that the app will ever get, space-separated */
  scope: string;
  /** digest of the picture (domain/logos) */
  logo?: string;
}

/** As a form or a row has it. No form names a logo: it comes from a file, or from what is stored. */
export type ContentInput = Readonly<Record<'metadata' | 'answers' | 'scope', unknown> & { logo?: string }>;

/** What a plan wants to know of an app, beyond what an app of a preview plan has to say. */
const NEEDED = ['client_name', 'publisher', 'policy_uri', 'contacts'] as const;

/** @throws RegistrationError */
function parseScope(text: unknown): string {
  try {
    return acceptScope(String(text ?? ''));
  } catch (error) {
    if (error instanceof ScopeError) throw invalidMetadata(`scope: ${error.message} ${error.scope}`);
    throw error;
  }
}

/**
 * @param input as a developer sent it, or as it is stored: the rules may have changed since then
 * @throws RegistrationError
 */
export function parseContent(input: ContentInput, registrant: Registrant): ApplicationContent {
  const metadata = parseMetadata(input.metadata, registrant);
  const missing = NEEDED.find((field) => metadata[field] === undefined);
  if (missing) throw invalidMetadata(`${missing} is needed`);
  const answers = parseInput(AnswersForm, input.answers, ({ text }) => invalidMetadata(`answers.${text}`));
  const { logo } = input;
  return { metadata, answers, scope: parseScope(input.scope), ...(logo !== undefined && { logo }) };
}

/** @returns the metadata of the client of an approved application */
export const approvedMetadata = ({ metadata, answers, scope, logo }: ApplicationContent): ClientMetadata => ({
  ...metadata,
  maker_answers: answers,
  approved_scope: scope,
  ...(logo !== undefined && { logo }),
});
