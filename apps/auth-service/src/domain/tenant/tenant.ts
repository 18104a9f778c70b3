import type { Pool } from '@patient-access/database';
import type { Outbox } from '@patient-access/outbox';
import type { Logger } from '@patient-access/platform';
import type { Accounts } from '../accounts/accounts.ts';
import type { AuthConfig } from '../../config.ts';
import type { Consents } from '../consent/consents.ts';
import type { Launches } from '../launch/launches.ts';
import type { GrantUse } from '../consent/grant-use.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import type { SigningJwk } from '../keys/signing-keys.ts';
import type { SandboxSwitches } from '../sandbox/switches.ts';
import type { SecondFactors } from '../second-factor/second-factors.ts';
import type { Throttle } from '../throttle/throttle.ts';
import type { TenantUrls } from '../urls.ts';
import type { TenantSettings } from './settings.ts';

/** A tenant with all that its authorization server needs; made when it is first asked for, and anew when it was changed. */
export interface TenantContext extends TenantUrls {
  id: string;
  /** the plan's name, as members know it */
  name: string;
  kind: 'preview' | 'production';
  registration: 'open' | 'token' | 'closed';
  settings: TenantSettings;
  /** when any of this was last changed, ISO 8601 */
  changedAt: string;
  /** switched off by the operator: no login, no token, and nothing that was given before opens anything */
  suspended: boolean;
  jwks: SigningJwk[];
  accounts: Accounts;
  consents: Consents;
  launches: Launches;
  throttle: Throttle;
  secondFactors: SecondFactors;
  /** on preview tenants, and on no other: all that belongs to the sandbox hangs on its being there */
  sandbox?: SandboxSwitches;
  /** where members log in instead or as well, if the plan has one */
  identityProvider?: IdentityProvider;
}

/** What all tenants share. */
export interface Services {
  config: Readonly<AuthConfig>;
  pool: Pool;
  outbox: Outbox;
  grantUse: GrantUse;
  logger: Logger;
  /** of the one-time tokens in forms */
  formKey: Buffer;
  /** of the keys of counted attempts, and of device cookies */
  throttleKey: Buffer;
}

/** Injection token of {@link Services}. */
export const SERVICES = Symbol('services');
