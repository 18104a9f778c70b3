import { describe, expect, it } from '@jest/globals';
import { Html, html } from '../src/html.ts';

const SCRIPT = `<script>alert("x")</script>`;
const ESCAPED = '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;';

describe('a template', () => {
  it('escapes texts in content and in attributes', () => {
    expect(html`<p title="${`"' onclick='x`}">${SCRIPT} & more</p>`.markup).toBe(
      `<p title="&quot;&#39; onclick=&#39;x">${ESCAPED} & more</p>`,
    );
    expect(html`${'&lt;'}`.markup).toBe('&amp;lt;');
  });

  it('inserts templates unchanged, and escapes the texts in them', () => {
    const items = [SCRIPT, 'a'].map((text) => html`<li>${text}</li>`);
    expect(html`${items}`.markup).toBe(`<li>${ESCAPED}</li><li>a</li>`);
  });

  it('inserts numbers, and inserts nothing for absent values', () => {
    expect(html`${0}|${undefined}|${false}|${[]}`.markup).toBe('0|||');
  });

  it('escapes an object that only looks like a template', () => {
    const lookalike = { markup: SCRIPT, toString: () => SCRIPT };
    expect(html`${lookalike as unknown as string}`.markup).toBe(ESCAPED);
    expect(html`${new Html('<b>')}`.markup).toBe('<b>');
  });
});
