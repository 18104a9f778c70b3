/** The parts of the DOM that this script reads. */
interface PageElement {
  parentElement: PageElement | null;
  childNodes: Iterable<{ nodeType: number; textContent: string | null }>;
  querySelectorAll(selector: string): Iterable<PageElement>;
}
declare const getComputedStyle: (element: PageElement) => { color: string; backgroundColor: string };

/** Runs in the page and returns every text with its contrast (WCAG 2.2, 1.4.3). */
export function contrasts(body: PageElement): { text: string; ratio: number }[] {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (value = 0) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]: number[]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element: PageElement | null): number[] => {
    if (!element) return [255, 255, 255];
    const color = channels(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? background(element.parentElement) : color;
  };
  const textOf = ({ childNodes }: PageElement) =>
    [...childNodes].map(({ nodeType, textContent }) => (nodeType === 3 ? textContent?.trim() : '')).join('');
  const elements = [...body.querySelectorAll('*')].filter((element) => textOf(element));
  return elements.map((element) => {
    const values = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))];
    return { text: textOf(element), ratio: (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05) };
  });
}
