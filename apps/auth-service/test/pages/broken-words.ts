/** Runs in the page, so it uses nothing but its globals. */
declare const document: {
  body: unknown;
  createTreeWalker(root: unknown, what: number): { nextNode(): TextNode | null };
  createRange(): { setStart(node: TextNode, at: number): void; setEnd(node: TextNode, at: number): void } & {
    getClientRects(): Iterable<{ top: number; width: number }>;
  };
};
interface TextNode {
  data: string;
  parentElement: { closest(selector: string): unknown };
}

/**
 * @returns the words of plain letters that the page breaks in two lines. Addresses and codes may be broken, and so may
 * what the browser hyphenates by the rules of the language.
 */
export function brokenWords(): string[] {
  const walker = document.createTreeWalker(document.body, 4 /* NodeFilter.SHOW_TEXT */);
  const broken: string[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('code, .unseen, [aria-hidden]')) continue;
    for (const { 0: word, index } of node.data.matchAll(/(?<!\S)[“(¿]*[\p{L}’]{2,}[”.,:;?!)]*(?!\S)/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set(
        [...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => top),
      );
      if (lines.size > 1) broken.push(word);
    }
  }
  return broken;
}
