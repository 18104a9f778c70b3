/**
 * Patch of `Interaction.find`: at the resume it finds only an interaction that the browser may go on with.
 *
 * Why: the resume of oidc-provider goes on for whoever has its cookie, and that cookie is set before anybody has logged in. Who
 * has planted it in the browser of a member could come first after her login, and get her session (ADR 142). It also deletes
 * an interaction that was not answered yet.
 * Upstream would have to offer: a check of the request at the resume, before the interaction is deleted.
 */
import Provider, { errors, type Interaction, type KoaContextWithOIDC } from 'oidc-provider';

import type { TokenFinder } from './token-finder.ts';

type MayResume = (ctx: KoaContextWithOIDC, interaction: Interaction) => boolean;

/** @param mayResume decides from the request and the stored answer; where it says no, nothing changes */
export function checkResume(provider: Provider, mayResume: MayResume): void {
  const model = provider.Interaction as unknown as TokenFinder<Interaction>;
  const find = model.find.bind(model);
  model.find = async (...args) => {
    const interaction = await find(...args);
    const { ctx } = Provider;
    if (interaction && ctx?.oidc.route === 'resume' && !mayResume(ctx, interaction))
      throw new errors.SessionNotFound('this browser has not answered the page');
    return interaction;
  };
}
