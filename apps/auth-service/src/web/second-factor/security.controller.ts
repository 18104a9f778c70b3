import {
  Controller,
  ForbiddenException,
  Get,
  Inject,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import type { Account } from '../../domain/accounts/accounts.ts';
import { fhirUserOf, ownMember } from '../../domain/accounts/accounts.ts';
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { TenantRequest } from '../interaction/visit.ts';
import { hmac, sameText } from '../../domain/keys/secrets.ts';
import { ACR } from '../../provider/authorization/login-policy.ts';
import { loginUrl } from '../../provider/clients/member-pages-client.ts';
import { OWN_PAGE_HEADERS } from '../pages/headers.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { securityNotePage, securityPage } from '../pages/security.ts';
import type { Frame } from '../pages/layout.ts';
import { formOf, frameOf, rememberChoice } from '../pages/page-request.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantStores } from '../../domain/stores/tenant-stores.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { type TenantServer, Tenants } from '../../provider/tenants.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import { securityPath } from '../../domain/urls.ts';
import {
  type Enrolment,
  enrolmentView,
  newEnrolment,
  openEnrolment,
} from '../../domain/second-factor/enrolment.ts';

const PATH = securityPath(':tenant');

/** Somebody with a session, at this page. */
interface Guest {
  tenant: Tenant;
  stores: TenantStores;
  /** plan, language and address of the page */
  frame: Frame;
  request: TenantRequest;
  reply: FastifyReply;
  account: Account;
  /** bound to the session and to who is logged in */
  token: string;
}

interface Shown {
  status?: number;
  problem?: string;
  done?: string;
  enrolment?: Enrolment;
}

/** A member's own second factor. Logging in happens at the authorization endpoint only; this page takes its session, or sends there. */
@Public()
@Controller(PATH)
export class SecurityController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get()
  async show(@Param('tenant') id: string, @Req() request: TenantRequest, @Res() reply: FastifyReply) {
    const guest = await this.admit(await this.serverOf(id), request, reply);
    if (guest) await this.page(guest);
  }

  @Post()
  async change(@Param('tenant') id: string, @Req() request: TenantRequest, @Res() reply: FastifyReply) {
    const guest = await this.admit(await this.serverOf(id), request, reply);
    if (!guest) return;
    const fields = formOf(request);
    if (!sameText(fields.get('token') ?? '', guest.token)) throw new ForbiddenException();
    const action = fields.get('action');
    if (action === 'turn-on') await this.turnOn(guest, fields);
    else if (action === 'turn-off') await this.turnOff(guest, fields);
    else throw new ForbiddenException();
  }

  private async serverOf(id: string): Promise<TenantServer> {
    const server = await this.tenants.get(id);
    if (!server) throw new NotFoundException();
    return server;
  }

  /** @returns undefined when there is nobody, who is sent to log in, or nothing to be set, which a page says then */
  private async admit(
    { tenant, stores, provider }: TenantServer,
    request: TenantRequest,
    reply: FastifyReply,
  ): Promise<Guest | undefined> {
    const frame = frameOf(tenant, request);
    rememberChoice(tenant, request, reply);
    const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
    const { accountId: sub, acr, uid } = session;
    const account = sub === undefined ? undefined : await stores.accounts.find(sub);
    const { atPlan, notOffered } = frame.texts.security;
    const off = tenant.settings.secondFactor === 'off';
    if (!account) {
      await reply.headers(SECURITY_HEADERS).redirect(loginUrl(tenant, 'security'), 303);
      return undefined;
    }
    const note = acr === ACR.plan ? atPlan : off ? notOffered : undefined;
    if (note === undefined) {
      const token = hmac(this.services.formKey, `${tenant.id}/security/${uid}/${account.sub}`);
      return { tenant, stores, frame, request, reply, account, token };
    }
    const page = securityNotePage(frame, note);
    await reply.headers(SECURITY_HEADERS).type('text/html; charset=utf-8').send(page);
    return undefined;
  }

  private async page(
    { tenant, stores, frame, account, token, reply }: Guest,
    shown: Shown = {},
  ): Promise<void> {
    const { status = 200, problem, done, enrolment = newEnrolment() } = shown;
    const on = await stores.secondFactors.find(account.sub);
    const state = on
      ? { on }
      : { off: await enrolmentView(this.services.formKey, tenant, account, enrolment) };
    const { id, settings } = tenant;
    const { timeZone } = settings;
    const facts = { tenant: id, login: account.login, timeZone, problem, done, state };
    const page = securityPage({ ...frame, token, ...facts });
    await reply.code(status).headers(OWN_PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
  }

  private async turnOn(guest: Guest, fields: URLSearchParams): Promise<void> {
    const { tenant, stores, account } = guest;
    const sealed = fields.get('enrolment') ?? '';
    const enrolment = openEnrolment(this.services.formKey, tenant.id, account.sub, sealed);
    const on =
      enrolment && (await stores.secondFactors.turnOn(account.sub, enrolment, fields.get('code') ?? ''));
    if (!on) return this.page(guest, { status: 400, problem: guest.frame.texts.enrol.wrong, enrolment });
    await this.record(guest, { action: 'second-factor-on' });
    return this.page(guest, { done: guest.frame.texts.security.turnedOn });
  }

  private async turnOff(guest: Guest, fields: URLSearchParams): Promise<void> {
    const { stores, account, request, reply } = guest;
    const rules = codeRules(this.services.throttleKey, account.sub, clientAddress(request));
    const attempt = await stores.throttle.take(rules);
    if ('waitSeconds' in attempt) {
      void reply.header('Retry-After', String(attempt.waitSeconds));
      const problem = guest.frame.texts.login.tooMany(Math.ceil(attempt.waitSeconds / 60));
      return this.page(guest, { status: 429, problem });
    }
    if (!(await stores.secondFactors.use(account.sub, fields.get('code') ?? ''))) {
      await this.record(guest, { action: 'second-factor-off', reason: 'wrong-code' });
      return this.page(guest, { status: 400, problem: guest.frame.texts.code.wrong });
    }
    await stores.throttle.succeeded(attempt);
    await this.record(guest, { action: 'second-factor-off' });
    await stores.secondFactors.turnOff(account.sub);
    return this.page(guest, { done: guest.frame.texts.security.turnedOff });
  }

  private async record(guest: Guest, happened: { action: string; reason?: string }): Promise<void> {
    const { tenant, account, request } = guest;
    const fhirUser = fhirUserOf(account, tenant.fhirBase);
    const context = {
      requestId: request.id,
      tenant,
      address: clientAddress(request),
      sub: account.sub,
      fhirUser,
    };
    const outcome = happened.reason === undefined ? '0' : '4';
    const member = ownMember(account)?.patient;
    await this.services.outbox.record(
      newAccessEvent(context, { kind: 'login', member, outcome, ...happened }),
    );
  }
}
