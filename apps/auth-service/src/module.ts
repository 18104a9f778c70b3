/** The table of contents of auth-service: its features, by who uses them. */
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { HealthController, type Logger } from '@patient-access/platform';
import type { AuthConfig } from './config.ts';
import { AdministrationModule } from './web/admin/administration.module.ts';
import { AttemptsModule } from './web/attempts/attempts.module.ts';
import { AuditorsModule } from './web/auditors/auditors.module.ts';
import { BrandsModule } from './web/brands/brands.module.ts';
import { CardLinksModule } from './web/card-links/card-links.module.ts';
import { CardModule } from './web/card/card.module.ts';
import { DevelopersModule } from './web/developers/developers.module.ts';
import { DirectoryModule } from './web/directory/directory.module.ts';
import { DiscoveryModule } from './web/discovery/discovery.module.ts';
import { EmailModule } from './web/email/email.module.ts';
import { FederationModule } from './web/federation/federation.module.ts';
import { GatewayModule } from './web/gateway/gateway.module.ts';
import { InteractionModule } from './web/interaction/interaction.module.ts';
import { IntrospectionJwtModule } from './web/introspection-jwt/introspection-jwt.module.ts';
import { LogosModule } from './web/logos/logos.module.ts';
import { MemberPagesModule } from './web/member-pages/member-pages.module.ts';
import { OriginsModule } from './web/origins/origins.module.ts';
import { PlanModule } from './web/plan/plan.module.ts';
import { PublicationsModule } from './web/publications/publications.module.ts';
import { PagesModule } from './web/pages/pages.module.ts';
import { ProofsModule } from './web/proofs/proofs.module.ts';
import { MemberHelpModule } from './web/member-help/member-help.module.ts';
import { ReceiptModule } from './web/receipt/receipt.module.ts';
import { RecoveryModule } from './web/recovery/recovery.module.ts';
import { RevocationsModule } from './web/revocations/revocations.module.ts';
import { SandboxModule } from './web/sandbox/sandbox.module.ts';
import { ReturnModule } from './web/return/return.module.ts';
import { ScimModule } from './web/scim/scim.module.ts';
import { ScorecardModule } from './web/scorecard/scorecard.module.ts';
import { SecurityModule } from './web/security/security.module.ts';
import { ServicesModule } from './web/services/services.module.ts';
import { UnexpectedErrors } from './web/services/unexpected-errors.filter.ts';
import { SmartStyleModule } from './web/smart-style/smart-style.module.ts';

/** Pages for people: members and auditors. The pages of oidc-provider itself are mounted by `main.ts`. */
const FOR_PEOPLE = [
  PagesModule,
  LogosModule,
  InteractionModule,
  FederationModule,
  MemberPagesModule,
  CardModule,
  CardLinksModule,
  ReceiptModule,
  MemberHelpModule,
  EmailModule,
  RecoveryModule,
  ReturnModule,
  SecurityModule,
  AuditorsModule,
];

const FOR_APPS = [
  DiscoveryModule,
  BrandsModule,
  SmartStyleModule,
  SandboxModule,
  DevelopersModule,
  ScorecardModule,
];

const FOR_THE_GATEWAY = [
  GatewayModule,
  IntrospectionJwtModule,
  RevocationsModule,
  ProofsModule,
  OriginsModule,
  PlanModule,
  PublicationsModule,
  AttemptsModule,
  DirectoryModule,
];

const FOR_IDENTITY_PROVIDERS = [ScimModule];

@Module({ controllers: [HealthController] })
class AuthModule {}

/**
 * The root module. Every feature imports the one module of services. That module is made from the configuration, so a
 * feature cannot name it in its own decorator. The import is added here.
 */
export async function authModule(config: Readonly<AuthConfig>, logger: Logger): Promise<DynamicModule> {
  const services = await ServicesModule.open(config, logger);
  const forAdministrators = config.ADMIN_SECRET === undefined ? [] : [AdministrationModule];
  const features: Type[] = [
    ...FOR_PEOPLE,
    ...FOR_APPS,
    ...FOR_THE_GATEWAY,
    ...FOR_IDENTITY_PROVIDERS,
    ...forAdministrators,
  ];
  return {
    module: AuthModule,
    imports: [services, ...features.map((module) => ({ module, imports: [services] }))],
    providers: [
      {
        provide: APP_FILTER,
        inject: [HttpAdapterHost],
        useFactory: (host: HttpAdapterHost) => new UnexpectedErrors(host, logger, config.PUBLIC_URL),
      },
    ],
  };
}
