/** Reads a consent page from its HTML alone, as a person would. */

interface Box {
  id: string;
  checked: boolean;
  label: string;
  explanation: string;
  /** `Only a part: …` */
  parts: string[];
}

export interface ReadPage {
  language: string;
  heading: string;
  /** names and values of the definition lists */
  facts: Record<string, string>;
  links: { href: string; tag: string }[];
  kinds: Box[];
  sensitive: Box[];
  durations: Box[];
  paragraphs: string[];
  /** rank and text of each heading */
  headings: [rank: number, text: string][];
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function textOf(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] as string)
    .replace(/\s+/g, ' ')
    .trim();
}

const attribute = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';

function boxes(html: string, name: string): Box[] {
  return [...html.matchAll(/<button([^>]*)>(.*?)<\/button/gs)]
    .map(([, tag = '', label = '']) => ({ tag: tag.replace(/\s+/g, ' '), label }))
    .filter(({ tag }) => attribute(tag, 'id').startsWith(`${name}-`))
    .map(({ tag, label }) => {
      const spans = [...label.matchAll(/<span( class="part")?>([^<]*)<\/span/gs)];
      return {
        id: attribute(tag, 'id').slice(name.length + 1),
        checked: attribute(tag, 'aria-checked') === 'true',
        label: textOf(/<strong>(.*?)<\/strong/s.exec(label)?.[1] ?? ''),
        explanation: textOf(spans.find(([, part]) => !part)?.[2] ?? ''),
        parts: spans.filter(([, part]) => part).map(([, , text = '']) => textOf(text)),
      };
    });
}

export function readPage(html: string): ReadPage {
  const facts = [...html.matchAll(/<dt>(.*?)<\/dt>\s*<dd[^>]*>(.*?)<\/dd>/gs)];
  return {
    language: /<html lang="([^"]*)"/.exec(html)?.[1] ?? '',
    heading: textOf(/<h1>(.*?)<\/h1>/s.exec(html)?.[1] ?? ''),
    facts: Object.fromEntries(facts.map(([, name = '', value = '']) => [textOf(name), textOf(value)])),
    links: [...html.matchAll(/<a\s[^>]*>/g)].map(([tag]) => ({
      href: textOf(attribute(tag.replace(/\s+/g, ' '), 'href')),
      tag: tag.replace(/\s+/g, ' '),
    })),
    kinds: boxes(html, 'kind'),
    sensitive: boxes(html, 'sensitive'),
    durations: boxes(html, 'duration'),
    paragraphs: [...html.matchAll(/<p[^>]*>(.*?)<\/p>/gs)].map(([, text = '']) => textOf(text)),
    headings: [...html.matchAll(/<h(\d)[^>]*>(.*?)<\/h/gs)].map(([, rank, text = '']) => [
      Number(rank),
      textOf(text),
    ]),
  };
}
