/** What members will see of an app: the head of the real consent page. */
import { type Html, html } from '@patient-access/pages';
import { appFacts } from '../../../domain/apps/app-facts.ts';
import { appDisplayName } from '../../../domain/apps/app-name.ts';
import type { ClientMetadata } from '../../../domain/clients/metadata.ts';
import { TEXTS } from '../../../domain/pages/language.ts';
import { ownLogoPath } from '../../../domain/urls.ts';
import { appLogo } from '../../pages/app-logo.ts';
import { appCard } from '../../pages/consent/facts.ts';
import type { DeveloperFrame } from './frame.ts';

export function memberView({ plan, tenant }: DeveloperFrame, metadata: ClientMetadata): Html {
  const { client_uri: clientUri, policy_uri: policyUri, tos_uri: tosUri, client_name: name } = metadata;
  const app = appFacts({ ...metadata, clientUri, policyUri, tosUri }, appDisplayName(name));
  const { consent } = TEXTS.en;
  const title = app.verified ? consent.title(app.name) : consent.titleUnverified(app.name);
  return html`<div class="part">
    <h2>What members will see</h2>
    <p class="hint">The head of the page on which a member agrees or refuses.</p>
    <div class="app">
      <div class="titled">
        ${appLogo(app.logo && ownLogoPath(tenant, app.logo))}
        <h3>${title}</h3>
      </div>
      ${appCard(TEXTS.en, { app, plan })}
    </div>
  </div>`;
}
