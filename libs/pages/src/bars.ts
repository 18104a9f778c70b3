/** A bar chart of how often something happened, as SVG without scripts or styles of its own. */
import { type Html, html } from './html.ts';

export interface Bar {
  label: string;
  given: number;
  refused: number;
}

interface Bars {
  caption: string;
  bars: readonly Bar[];
  /** the text of a bar, for screen readers and as a tooltip */
  title(bar: Bar): string;
  legend: { given: string; refused: string };
  number(value: number): string;
}

const HEIGHT = 100;
const SLOT = 10;
const WIDTH = 7;
/** The smallest height of a bar, so that a single event among thousands is visible. */
const LEAST = 2;

function heightOf(value: number, most: number): number {
  return value === 0 ? 0 : Math.max(LEAST, Math.round((value / most) * HEIGHT));
}

function bar({ title }: Bars, each: Bar, at: number, most: number): Html {
  const [given, refused] = [heightOf(each.given, most), heightOf(each.refused, most)];
  const x = at * SLOT + (SLOT - WIDTH) / 2;
  const rectangle = (name: string, y: number, height: number) =>
    html`<rect class="${name}" x="${x}" y="${y}" width="${WIDTH}" height="${height}" />`;
  return html`<g>
    <title>${title(each)}</title>
    ${given > 0 && rectangle('given', HEIGHT - given, given)}
    ${refused > 0 && rectangle('refused', Math.max(0, HEIGHT - given - refused), refused)}
  </g>`;
}

/** Draws the chart. Refusals stand on top of the allowed requests. */
export function barsFigure(view: Bars): Html {
  const { bars, caption, legend, number } = view;
  const most = Math.max(1, ...bars.map(({ given, refused }) => given + refused));
  const width = bars.length * SLOT;
  return html`<figure class="bars">
    <figcaption>${caption}</figcaption>
    <div class="top" aria-hidden="true">${number(most)}</div>
    <svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${caption}">
      ${bars.map((each, at) => bar(view, each, at, most))}
    </svg>
    <div class="ends" aria-hidden="true">
      <span>${bars[0]?.label}</span><span>${bars.at(-1)?.label}</span>
    </div>
    <ul class="legend" aria-hidden="true">
      <li><span class="given"></span>${legend.given}</li>
      <li><span class="refused"></span>${legend.refused}</li>
    </ul>
  </figure>`;
}

/**
 * The style of {@link barsFigure} where a browser shows the colours of the system, or leaves backgrounds out as on paper, behind the
 * rules of a page's style sheet.
 */
export const BARS_STYLE = `
@media (forced-colors: active) {
  .bars .given { fill: CanvasText; }
  .bars .refused { fill: Canvas; stroke: CanvasText; stroke-width: 2; vector-effect: non-scaling-stroke; }
  .legend span { forced-color-adjust: none; border: 1px solid CanvasText; background: CanvasText; }
  .legend .refused { background: Canvas; }
}
@media print { .legend span { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
