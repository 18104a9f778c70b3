/** Reads clients for oidc-provider from the table that registration and administration write. */
import type { Pool } from '@patient-access/database';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';
import { type Client, isVouchedFor } from '../../domain/clients/clients.ts';
import { findAskingClient } from '../redemption/redemption.ts';
import { takeClient } from '../together/ahead.ts';
import { LAUNCH_URL, PREVIOUS_SECRET, VOUCHED_FOR } from '../clients/client-rules.ts';

/** @throws Error always, because the registration endpoint of oidc-provider is switched off */
const refuse = (): Promise<never> => Promise.reject(new Error('oidc-provider does not write clients'));

type Found = Map<string, Promise<Client | undefined>>;

/** Reads a client anew for each request, so bans, new secrets and new redirect URIs apply at once on every replica. */
export function clientAdapter(pool: Pool, tenant: string): Adapter {
  const ofRequest = new WeakMap<object, Found>();
  const findAhead = async (id: string): Promise<Client | undefined> =>
    takeClient(tenant, id) ?? (await findAskingClient(pool, tenant, id));
  /** oidc-provider looks up a client several times during one request, and gets the same answer each time. */
  const findOnce = (id: string): Promise<Client | undefined> => {
    const { ctx } = Provider;
    const found: Found = (ctx && ofRequest.get(ctx)) ?? new Map();
    const client = found.get(id) ?? findAhead(id);
    if (ctx) ofRequest.set(ctx, found.set(id, client));
    return client;
  };
  return {
    async find(id): Promise<AdapterPayload | undefined> {
      const client = await findOnce(id);
      if (!client) return undefined;
      const { metadata: registered, secret, previousSecret, previousSecretUntil, registeredAt } = client;
      const { initiate_login_uri: launchUrl, ...metadata } = registered;
      return {
        ...metadata,
        ...(launchUrl !== undefined && { [LAUNCH_URL]: launchUrl }),
        [VOUCHED_FOR]: isVouchedFor(client),
        client_id: id,
        client_id_issued_at: Math.floor(registeredAt.getTime() / 1000),
        ...(secret !== null && { client_secret: secret }),
        ...(previousSecret !== null &&
          previousSecretUntil && {
            [PREVIOUS_SECRET]: { digest: previousSecret, until: previousSecretUntil.getTime() },
          }),
      } as AdapterPayload;
    },
    findByUid: refuse,
    findByUserCode: refuse,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
