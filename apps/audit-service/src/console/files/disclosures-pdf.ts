/**
 * The accounting of disclosures as a PDF: US Letter, one table over as many pages as it needs. A letter that the fonts of a
 * PDF do not have is `?` here. The CSV has them all.
 */
import { setImmediate } from 'node:timers/promises';
import { printable } from '@patient-access/pages';
import {
  type AccountingHead,
  type Disclosure,
  endOfAccounting,
  memberInEvent,
  total,
} from './disclosures.ts';

const MARGIN = 54;
const FOOTER = 30;
const SMALL = 9;
const GAP = 8;
const PADDING = 5;

interface Column {
  title: string;
  width: number;
  of(disclosure: Disclosure): string;
}

/** Wide enough for the titles, and for the longest name of a type. */
const COLUMNS: readonly Column[] = [
  { title: 'Date', width: 62, of: ({ date }) => date },
  { title: 'Times', width: 36, of: ({ times }) => String(times) },
  { title: 'Who received it', width: 112, of: ({ recipient }) => recipient },
  { title: 'Address', width: 86, of: ({ address }) => address },
  { title: 'What was disclosed', width: 126, of: ({ what }) => what },
  { title: 'Purpose', width: 82, of: ({ purpose }) => purpose },
];
/** After this many rows the event loop serves other requests. */
const ROWS_AT_ONCE = 20;

function row(document: PDFKit.PDFDocument, cells: readonly string[], font: string): void {
  document.font(font).fontSize(SMALL);
  const texts = cells.map(printable);
  const height = Math.max(
    ...texts.map((text, at) => document.heightOfString(text, { width: (COLUMNS[at]?.width ?? 0) - GAP })),
  );
  const bottom = document.page.height - MARGIN - FOOTER;
  if (document.y + height + PADDING > bottom) {
    document.addPage();
    if (font !== 'Helvetica-Bold') header(document);
    document.font(font).fontSize(SMALL);
  }
  const top = document.y;
  let left = MARGIN;
  for (const [at, text] of texts.entries()) {
    const width = COLUMNS[at]?.width ?? 0;
    document.text(text, left, top, { width: width - GAP });
    left += width;
  }
  document.y = top + height + PADDING;
  document
    .moveTo(MARGIN, document.y - 2)
    .lineTo(left, document.y - 2)
    .lineWidth(0.5)
    .strokeColor('#c9d3d9')
    .stroke();
  document.y += PADDING - 2;
}

const header = (document: PDFKit.PDFDocument) =>
  row(
    document,
    COLUMNS.map(({ title }) => title),
    'Helvetica-Bold',
  );

function heading(document: PDFKit.PDFDocument, head: AccountingHead, disclosures: readonly Disclosure[]) {
  const { plan, from, to, zone } = head;
  document.font('Helvetica-Bold').fontSize(16).text('Accounting of disclosures', MARGIN, MARGIN);
  document.font('Helvetica').fontSize(10).moveDown(0.4);
  document.text(printable(`${plan}. Member: ${memberInEvent(head)}.`));
  document.text(
    printable(`From ${from} to ${to}, times in ${zone}. ${total(disclosures)} disclosures.${head.kept.said}`),
  );
  document.moveDown(0.4).fontSize(SMALL).fillColor('#4a5a64');
  document.text(
    'Made under 45 CFR 164.528 from the plan’s audit trail of its Patient Access API. Disclosures that the individual ' +
      'directed are listed although the rule does not demand it. What is shown is what was disclosed: types and numbers of ' +
      'records, not their content. Addresses are what the recipients have told the plan of themselves.',
  );
  document.fillColor('#17252e').moveDown(0.8);
}

function numberPages(document: PDFKit.PDFDocument, patient: string): void {
  const { start, count } = document.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    document.switchToPage(page);
    document.page.margins.bottom = 0;
    const y = document.page.height - MARGIN;
    document.font('Helvetica').fontSize(8).fillColor('#4a5a64');
    document.text(`Patient/${patient}`, MARGIN, y, { lineBreak: false });
    document.text(`Page ${page + 1} of ${count}`, MARGIN, y, {
      align: 'right',
      width: 480,
      lineBreak: false,
    });
  }
}

/** @returns the document's bytes, piece by piece */
export async function* disclosuresPdf(
  head: AccountingHead,
  disclosures: readonly Disclosure[],
): AsyncGenerator<Buffer> {
  // The same document has to have the same bytes, so that its manifest holds: it does not say when it was made.
  const CreationDate = new Date(`${head.to}T00:00:00Z`);
  const info = { Title: 'Accounting of disclosures', Author: head.plan, CreationDate };
  // With its fonts it is a tenth of what the service would load at its start, and few auditors ask for a PDF.
  const { default: PDFDocument } = await import('pdfkit');
  const document = new PDFDocument({
    size: 'LETTER',
    margin: MARGIN,
    bufferPages: true,
    lang: 'en-US',
    info,
  });
  heading(document, head, disclosures);
  header(document);
  for (const [at, disclosure] of disclosures.entries()) {
    if (at % ROWS_AT_ONCE === 0) await setImmediate();
    row(
      document,
      COLUMNS.map(({ of }) => of(disclosure)),
      'Helvetica',
    );
  }
  document.font('Helvetica').text(printable(endOfAccounting(head, disclosures)), MARGIN);
  numberPages(document, head.patient);
  document.end();
  for await (const piece of document) yield piece as Buffer;
}
