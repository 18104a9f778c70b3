export { type Bar, barsFigure } from './bars.ts';
export { Html, html } from './html.ts';
