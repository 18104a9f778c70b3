import { HttpException } from '@nestjs/common';
import type { ErrorOut } from 'oidc-provider';
import { PasswordChecksBusy } from '../../domain/accounts/password.ts';
import { returnHost } from '../../domain/apps/app-name.ts';
import { memberPath, returnPath } from '../../domain/urls.ts';
import {
  PlanSuspended,
  type RenderErrorPage,
  type ReturnButton,
} from '../../provider/endpoints/error-page.ts';
import { isBrowserNavigation } from '../../provider/endpoints/browser-navigation.ts';
import { LAUNCH_REFUSED } from '../../provider/authorization/launch-parameter.ts';
import { isForLater } from '../../provider/endpoints/failures.ts';
import { type Html, html } from '@patient-access/pages';
import { formPageHeaders } from './headers.ts';
import { languageOf, rememberLanguage, TEXTS } from '../../domain/pages/language.ts';
import { type PageContent, type PageFrame, renderPlanPage } from './layout.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

/** What a page may say about an error, and the status of the response. */
export interface ErrorExplanation {
  status: number;
  text: Exclude<
    keyof Texts['error'],
    'title' | 'detail' | 'help' | 'requestId' | 'back' | 'backTitle' | 'backWhy' | 'openAgain'
  >;
  /** for the app's developer: an OAuth error code and its description, and nothing else */
  detail?: string;
  /** for the app's developer: the documentation of the error */
  help?: string;
  /** seconds after which to try again, where the error says it */
  retryAfter?: number;
  /** after a login that took too long */
  late?: LateLogin;
  /** path of the page of somebody's own that did not work */
  ownPage?: string;
}

/** A login that took too long. */
export interface LateLogin {
  /** where it begins again; undefined for a launch by the portal, which only the portal can open anew */
  again?: string;
}

interface ErrorView extends PageFrame, ErrorExplanation, Pick<PageContent, 'hasNoAddress'> {
  requestId: string;
  /** where the app that the plan has not checked can be sent the error */
  back?: ReturnButton & { path: string };
  /** path of the page of connected apps, for a person whom no app may have sent */
  appsPage?: string;
}

/** The app reads of the error when the person wants it to. */
function returnForm(
  { plan, texts }: ErrorView,
  { app, path, sealed, redirectUri }: NonNullable<ErrorView['back']>,
): Html {
  const { error, consent } = texts;
  return html`<section class="part" aria-labelledby="back">
    <h2 id="back">${error.backTitle}</h2>
    <p>${error.backWhy(app, plan)}</p>
    <form method="post" action="${path}">
      <input type="hidden" name="ticket" value="${sealed}" />
      <dl class="facts">
        <div>
          <dt>${consent.returnTo}</dt>
          <dd><strong>${returnHost(redirectUri) ?? consent.device}</strong></dd>
        </div>
      </dl>
      <div class="actions"><button class="secondary">${error.back}</button></div>
    </form>
  </section>`;
}

export function planErrorPage(view: ErrorView): string {
  const { answer, error, login } = view.texts;
  const { text, detail, help, requestId, back, late, ownPage, appsPage, hasNoAddress } = view;
  const isOver = !late && (text === 'expired' || text === 'noCookies');
  const body = html`<h1>${error.title}</h1>
    <p class="lead">${late ? (late.again === undefined ? login.lateLaunch : login.late) : error[text]}</p>
    ${
      late?.again !== undefined &&
      html`<div class="actions"><a class="button primary" href="${late.again}">${login.again}</a></div>`
    }
    ${
      ownPage !== undefined &&
      html`<div class="actions"><a class="button primary" href="${ownPage}">${error.openAgain}</a></div>`
    }
    <dl class="facts">
      ${
        detail !== undefined &&
        html`<div>
          <dt>${error.detail}</dt>
          <dd lang="en">${detail}</dd>
        </div>`
      }
      ${
        help !== undefined &&
        html`<div>
          <dt>${error.help}</dt>
          <dd lang="en"><a href="${help}">${help}</a></dd>
        </div>`
      }
      <div>
        <dt>${error.requestId}</dt>
        <dd><code>${requestId}</code></dd>
      </div>
    </dl>
    ${isOver && appsPage !== undefined && html`<p class="note"><a href="${appsPage}">${answer.connected}</a></p>`}
    ${back && returnForm(view, back)}`;
  return renderPlanPage(view, { title: error.title, body, hasNoAddress });
}

/** The status of an error of Nest or of oidc-provider. */
const statusOf = (error: unknown): number | undefined =>
  error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number }).statusCode;

/**
 * @param cookies of the request. A browser that keeps none comes to the first page without that of the interaction, and a member
 *   who only begins again comes there each time
 */
export function explainError(error: unknown, cookies: string | undefined): ErrorExplanation {
  if (error instanceof PlanSuspended) return { status: 503, text: 'suspended' };
  const {
    error: code,
    error_description,
    error_uri: help,
  } = error as Partial<ErrorOut> & { error_uri?: string };
  const statusCode = statusOf(error);
  if (error instanceof PasswordChecksBusy) return { status: 503, text: 'busy', retryAfter: error.retryAfter };
  if (isForLater(error)) return { status: 503, text: 'failure' };
  if (statusCode === undefined || statusCode >= 500) return { status: 500, text: 'failure' };
  if (statusCode === 429) return { status: 429, text: 'busy' };
  if ((error as Error).name === 'SessionNotFound')
    return { status: 400, text: cookies ? 'expired' : 'noCookies' };
  if (statusCode === 403) return { status: 403, text: 'forbidden' };
  const detail = [code, error_description].filter(Boolean).join(': ');
  const text = error_description?.startsWith(LAUNCH_REFUSED) ? 'launch' : 'request';
  return { status: statusCode, text, detail, ...(help !== undefined && { help }) };
}

/** Answers a person's request to the authorization server with a page about what went wrong. */
export const renderErrorPage: RenderErrorPage = ({ id, name, issuer }, ctx, error, back) => {
  const search = ctx.querystring;
  const query = new URLSearchParams(search);
  const wishes = {
    tenant: id,
    query,
    cookie: ctx.get('cookie'),
    acceptLanguage: ctx.get('accept-language'),
    uiLocales: query.get('ui_locales') ?? undefined,
  };
  const cookie = rememberLanguage(wishes, issuer.startsWith('https:'));
  if (cookie !== undefined) ctx.append('Set-Cookie', cookie);
  const frame = { plan: name, texts: TEXTS[languageOf(wishes)], search };
  ctx.type = 'html';
  if (back)
    ctx.set(
      formPageHeaders(isBrowserNavigation(ctx.headers['sec-fetch-mode']) ? undefined : back.redirectUri),
    );
  ctx.body = planErrorPage({
    ...frame,
    ...explainError(error, ctx.get('cookie')),
    requestId: ctx.get('x-request-id'),
    back: back && { ...back, path: returnPath(id) },
    appsPage: memberPath(id, 'apps'),
  });
};
