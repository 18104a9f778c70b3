/**
 * One answer of a page leads to one code, or to one session and the next page. oidc-provider reads the answered interaction, and
 * its deletion is stored together with what comes of it (ADR 120). Requests that go on at the same instant all read it, so one of
 * them takes it before.
 */
import type { Pool } from '@patient-access/database';
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { giveBack, takeForSeconds } from '../../domain/grants/taken.ts';
import { stateOfRequest } from '../request-state.ts';

/** Longer than a request may take. Who has died with the interaction keeps it no longer. */
const TAKEN_SECONDS = 10;

const keyOf = (tenant: string, uid: string): [string, string, string] => [tenant, 'Interaction', digest(uid)];

/** Another request goes on. The browser is led to where that one leads, and the app gets nothing of this one. */
class GoesOnElsewhere extends errors.SessionNotFound {
  override readonly allow_redirect = false;

  constructor() {
    super('another request goes on from this page');
    this.name = 'SessionNotFound';
  }
}

/**
 * Takes the interaction from which the current request goes on, if it goes on from one and has not taken it yet.
 *
 * @returns the id of its record
 * @throws SessionNotFound for all but the first of concurrent requests
 */
export async function takeInteraction(pool: Pool, tenant: string): Promise<string | undefined> {
  const { ctx } = Provider;
  const interaction = ctx?.oidc?.route === 'resume' ? ctx.oidc.entities.Interaction : undefined;
  if (!ctx || !interaction) return undefined;
  const key = keyOf(tenant, interaction.uid);
  const state = stateOfRequest(ctx);
  if (state.takenInteraction === interaction.uid) return key[2];
  if (!(await takeForSeconds(pool, key, TAKEN_SECONDS))) {
    state.goesOnElsewhere = true;
    throw new GoesOnElsewhere();
  }
  state.takenInteraction = interaction.uid;
  return key[2];
}

/** A request that failed has stored no code: the browser may go on at once. If this fails too, it may in some seconds. */
export async function giveInteractionBack(
  pool: Pool,
  tenant: string,
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const { takenInteraction: uid } = stateOfRequest(ctx);
  if (uid !== undefined) await giveBack(pool, keyOf(tenant, uid)).catch(() => undefined);
}
