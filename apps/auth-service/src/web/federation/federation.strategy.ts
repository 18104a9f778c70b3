import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { AuthorizationResponseError, type JsonObject } from 'openid-client';
import { Strategy } from 'passport-strategy';
import { type FederatedIdentity, identityOf, LoginRefused } from '../../domain/federation/identity.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import type { PlanLogin, PendingLogin, PlanLoginRequest } from '../../egress/plan-login.ts';

/** Passport name of {@link FederationStrategy}. */
export const FEDERATION = 'federation';

export interface FederationRequest extends PlanLoginRequest {
  identityProvider: IdentityProvider;
  /** what the browser came back with; empty on the way there */
  search: URLSearchParams;
  /** of a login that the interaction has begun; replaced on the way there */
  underway?: PendingLogin;
}

type Verify = (
  request: FederationRequest,
  claims: JsonObject,
  done: (error: Error | null, user?: object) => void,
) => void;

/** @returns whether the browser comes back from the identity provider */
const isReturn = ({ search }: FederationRequest): boolean => search.has('code') || search.has('error');

/** Sends the browser to the identity provider of the plan, or takes up what it comes back with. */
class AtThePlan extends Strategy {
  private readonly verify: Verify;

  constructor(verify: Verify) {
    super();
    this.verify = verify;
  }

  override authenticate(request: unknown): void {
    const asked = request as FederationRequest;
    asked.identityProvider.login().then(
      (login) => (isReturn(asked) ? this.takeUp(login, asked) : this.leave(login, asked)),
      (error: unknown) => this.error(new LoginRefused('unavailable', error)),
    );
  }

  private async leave(login: PlanLogin, asked: FederationRequest): Promise<void> {
    try {
      const { url, underway } = await login.start(asked);
      asked.underway = underway;
      this.redirect(url);
    } catch (error) {
      this.error(error as Error);
    }
  }

  private async takeUp(login: PlanLogin, asked: FederationRequest): Promise<void> {
    try {
      if (!asked.underway) throw new LoginRefused('not-believed');
      const claims = await login.finish(asked.search, asked.underway);
      this.verify(asked, claims, (error, user) => (error ? this.error(error) : this.success(user)));
    } catch (error) {
      const cancelled = error instanceof AuthorizationResponseError && error.error === 'access_denied';
      this.error(cancelled ? new LoginRefused('cancelled') : (error as Error));
    }
  }
}

/** Logging in at the plan's own identity provider (OpenID Connect Core section 3.1). */
@Injectable()
export class FederationStrategy extends PassportStrategy(AtThePlan, FEDERATION) {
  validate({ identityProvider }: FederationRequest, claims: JsonObject): FederatedIdentity {
    return identityOf(identityProvider.settings, claims);
  }
}
