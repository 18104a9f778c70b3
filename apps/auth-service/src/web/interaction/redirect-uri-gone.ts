import { errors } from 'oidc-provider';

/** The app has taken away the address to which the answer would go. The same request cannot begin again. */
export class RedirectUriGone extends errors.SessionNotFound {
  constructor() {
    super('the redirect address is no longer registered');
    this.name = 'SessionNotFound';
  }
}
