export { type Bar, BARS_STYLE, barsFigure } from './bars.ts';
export { csv, csvRows, firstCsvRows } from './csv.ts';
export { Html, html } from './html.ts';
export type { InsuranceCard } from './insurance-card/card.ts';
export { CARD_STYLE, cardHtml } from './insurance-card/card-html.ts';
export {
  type CardCoverage,
  type CardPatient,
  type CardPayer,
  type CardResources,
  currentNames,
} from './insurance-card/fhir.ts';
export { readCard } from './insurance-card/read-card.ts';
export { CARD_WORDS, type CardWords } from './insurance-card/words.ts';
export { printable } from './pdf-letters.ts';
