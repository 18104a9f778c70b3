import { html } from '@patient-access/pages';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { type ReceiptFacts, receiptFactList } from './receipt-facts.ts';

export interface ReceiptDocument {
  /** the plan's name */
  plan: string;
  texts: Texts;
  facts: ReceiptFacts;
  state: { at: string; words: string };
  /** address of the page where anybody can check it */
  checkUrl: string;
  /** the signed receipt, compact JWS */
  jws: string;
}

/** The file stands alone: it is opened from a disk, and printed. */
const STYLE = `
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #17252e; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { margin-top: 2rem; font-size: 1.1rem; }
.facts div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .3rem 0; border-bottom: 1px solid #dfe6ea; }
dt { flex: 0 0 12rem; color: #4a5a64; }
dd { flex: 1 1 14rem; min-width: 0; margin: 0; }
dd ul { margin: 0; padding-left: 1.1rem; }
code { font-size: .75rem; overflow-wrap: anywhere; }
button { min-height: 3rem; padding: .6rem 1.2rem; font: inherit; font-weight: 600; color: #fff; background: #0b5563; border: 0; border-radius: .6rem; }
@media print { form, .code { display: none; } body { margin: 0; } }
`;

/** The receipt as a file that a person can read, keep, print, and show to others. */
export function receiptDocument({ plan, texts, facts, state, checkUrl, jws }: ReceiptDocument): string {
  const { receipt } = texts;
  const title = receipt.documentTitle(facts.app);
  return html`<!DOCTYPE html>
    <html lang="${texts.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title} – ${plan}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <p>${plan}</p>
        <h1>${title}</h1>
        ${receiptFactList(texts, facts, state)}
        <h2>${receipt.check}</h2>
        <p>${receipt.checkWhy(plan)}</p>
        <p><a href="${checkUrl}" rel="noreferrer">${checkUrl}</a></p>
        <form method="post" action="${checkUrl}">
          <input type="hidden" name="language" value="${texts.language}" />
          <input type="hidden" name="receipt" value="${jws}" />
          <button>${receipt.checkNow}</button>
        </form>
        <section class="code">
          <h2>${receipt.code}</h2>
          <p><code>${jws}</code></p>
        </section>
      </body>
    </html> `.markup;
}
