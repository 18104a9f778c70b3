import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { TEXTS } from './texts.ts';

export interface ErrorView {
  plan: string;
  text: string;
  /** for the app's developer: an OAuth error code and its description, never more */
  detail?: string;
  requestId: string;
}

export function errorPage({ plan, text, detail, requestId }: ErrorView): string {
  const { error } = TEXTS;
  const body = html`<h1>${error.title}</h1>
    <p class="lead">${text}</p>
    <dl class="facts">
      ${
        detail !== undefined &&
        html`<div>
          <dt>${error.detail}</dt>
          <dd>${detail}</dd>
        </div>`
      }
      <div>
        <dt>${error.requestId}</dt>
        <dd><code>${requestId}</code></dd>
      </div>
    </dl>`;
  return renderPage({ title: error.title, plan, body });
}

/** What of a failure may be told, and with which status. */
export function explain(error: unknown): { status: number; text: string; detail?: string } {
  const { statusCode, error: code, error_description } = error as Partial<ErrorOut> & { statusCode?: number };
  if (statusCode === undefined || statusCode >= 500) return { status: 500, text: TEXTS.error.failure };
  const expired = (error as Error).name === 'SessionNotFound';
  const detail = [code, error_description].filter(Boolean).join(': ');
  return expired
    ? { status: 400, text: TEXTS.error.expired }
    : { status: statusCode, text: TEXTS.error.request, detail };
}

/** `renderError` of the engine: errors that cannot be sent to the client. */
export function renderError(plan: string) {
  return (ctx: KoaContextWithOIDC, _out: ErrorOut, error: Error): void => {
    const { text, detail } = explain(error);
    ctx.type = 'html';
    ctx.body = errorPage({ plan, text, detail, requestId: ctx.get('x-request-id') });
  };
}
