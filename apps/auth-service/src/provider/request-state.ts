/** What parts of the authorization server leave in `ctx.state` for one another while they answer one request. */
import type { AttemptCaller } from '@patient-access/events';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { Happened } from '../domain/audit/access-event.ts';
import type { GrantSubject } from '../domain/consent/grant-subject.ts';
import type { ProviderError } from './refusals/explain-refusal.ts';
import type { RefusalWords } from './refusals/refusal.ts';

interface RequestState {
  /** the error with which oidc-provider refused the request */
  thrown?: Error & ProviderError;
  /** what the answer says where middleware of ours refused, which throws nothing */
  refusalWords?: RefusalWords;
  /** why the request was refused, in the form of the trail's reasons */
  refusal?: string;
  /** the error with which the server failed */
  failure?: Error;
  /** the event of the request is stored, together with what it reports */
  recorded?: true;
  /** the answer to a refresh is sent again */
  repeated?: true;
  /** of a launch that was opened or refused */
  launchEvent?: Happened;
  /** who introspects with a bearer token: the client of that token */
  introspects?: Client;
  /** whose grant it is, of a code or refresh token that was refused */
  grantAskedFor?: Partial<AttemptCaller>;
  /** what the grant of the token says that the app asked for */
  asked?: GrantSubject['asked'];
  /** uid of the interaction that this request has taken */
  takenInteraction?: string;
  /** another request has taken it: that one still needs the interaction, and the cookies that name it */
  goesOnElsewhere?: true;
}

export const stateOfRequest = (ctx: KoaContextWithOIDC): RequestState => ctx.state as RequestState;
