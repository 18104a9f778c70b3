import type { TenantUrls } from '../urls.ts';
import type { TenantSettings } from './settings.ts';

/** The facts of a health plan. They are read again after every change. */
export interface Tenant extends TenantUrls {
  id: string;
  /** the plan's name, as members know it */
  name: string;
  kind: 'preview' | 'production';
  registration: 'open' | 'token' | 'closed';
  settings: TenantSettings;
  /** when any of this was last changed, ISO 8601 */
  changedAt: string;
  /** suspended by the operator: nobody can log in, no token is issued, and issued tokens are refused */
  suspended: boolean;
}
