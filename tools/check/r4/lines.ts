/** Writes lists of lines as TypeScript, in the form that prettier gives them. */

const count = (text: string, mark: string) => text.split(mark).length;

function quoted(text: string): string {
  const mark = count(text, "'") > count(text, '"') ? '"' : "'";
  return mark + text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`) + mark;
}

export const listText = (name: string, lines: readonly string[]): string =>
  `export const ${name}: readonly string[] = [\n${lines.map((line) => `  ${quoted(line)},\n`).join('')}];\n`;
