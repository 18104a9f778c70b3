/** Makes a report as one HTML file, without a script and without requests to other servers. */

interface Table {
  title: string;
  header: readonly string[];
  rows: readonly (readonly (string | number | undefined)[])[];
}

export interface ReportPage {
  title: string;
  /** paragraphs at the beginning */
  lead: readonly string[];
  tables: readonly Table[];
  notes: readonly string[];
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string | number | undefined) =>
  String(text ?? '').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

const STYLE = `
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1d2733; }
  h1 { font-size: 1.6rem; } h2 { margin-top: 2rem; font-size: 1.2rem; }
  table { width: 100%; border-collapse: collapse; } caption { text-align: left; font-weight: 600; padding: .5rem 0; }
  th, td { padding: .4rem .6rem; border-bottom: 1px solid #cdd5de; text-align: left; vertical-align: top; }
  td.number { text-align: right; font-variant-numeric: tabular-nums; } li { margin: .3rem 0; color: #46525f; }`;

const cell = (value: string | number | undefined) =>
  `<td${typeof value === 'number' ? ' class="number"' : ''}>${escaped(value)}</td>`;

function tableOf({ title, header, rows }: Table): string {
  const head = header.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<table><caption>${escaped(title)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

export function htmlPage({ title, lead, tables, notes }: ReportPage): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${lead.map((text) => `<p>${escaped(text)}</p>`).join('\n')}
${tables.map(tableOf).join('\n')}
<h2>Notes</h2>
<ul>
${notes.map((text) => `<li>${escaped(text)}</li>`).join('\n')}
</ul>
</body>
</html>
`;
}
