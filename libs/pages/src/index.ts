export { type Bar, barsFigure } from './bars.ts';
export { csv, csvRows } from './csv.ts';
export { Html, html } from './html.ts';
