/**
 * A request for each documented error that the requests of an app can provoke. The others say what they take besides, in
 * the tables of errors (`takes`).
 */
import type { ApiDescription } from '../../api-description.ts';
import { type Folder, folder } from '../request.ts';
import { AUTHORIZATION_ERRORS } from './authorization-errors.ts';
import { REGISTRATION_ERRORS, TOKEN_ERRORS } from './client-errors.ts';
import { CODE_ERRORS, DENIED, REFRESH_ERRORS, SANDBOX_ERRORS } from './consent-errors.ts';
import { CREDENTIAL_ERRORS, PATH_ERRORS, SEARCH_ERRORS, SIZE_ERRORS } from './data-errors.ts';

/** @returns the folders of mistakes that can be made at this plan */
export const errorFolders = ({ smart }: ApiDescription): readonly Folder[] => [
  folder('Credentials', 'What is wrong with the token.', CREDENTIAL_ERRORS),
  folder('Searches', 'What cannot be searched.', SEARCH_ERRORS),
  folder('Paths and formats', 'What is not there.', PATH_ERRORS),
  folder('Sizes', 'What is too long.', SIZE_ERRORS),
  folder('Authorization requests', 'What a person is shown of a wrong request.', AUTHORIZATION_ERRORS),
  folder('Clients', 'What is wrong with the client or its request.', TOKEN_ERRORS),
  ...(smart.registration_endpoint
    ? [folder('Registration', 'What cannot be registered.', REGISTRATION_ERRORS)]
    : []),
  folder('A member who says no', 'The answer is a redirect to the app.', DENIED),
  folder('Codes and keys', 'What goes wrong with a code, or with a token that has a key.', CODE_ERRORS),
  folder('Refresh tokens', 'A token for less, and a refresh token that is used twice.', REFRESH_ERRORS),
  ...(smart.sandbox_endpoint ? [folder('The sandbox', 'Faults on demand.', SANDBOX_ERRORS)] : []),
];
