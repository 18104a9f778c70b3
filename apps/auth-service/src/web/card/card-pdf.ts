/** An insurance card as a PDF: front and back, on one sheet where it has room for both. */
import { type CardWords, type InsuranceCard, printable } from '@patient-access/pages';

const MARGIN = 54;
const WIDTH = 504;
const BAND = 14;
const STRIPE = 4;
const PADDING = 16;
const LABEL = 150;
const LOGO = 44;
/** Of a side that begins on a sheet: the band, and a few rows. */
const LEAST_SIDE = 120;
/** A title, and the row below it. */
const LEAST_PART = 36;
const INK = '#17252e';
const SOFT = '#4a5a64';
const LINE = '#7d8d96';

/** @returns whether each letter can be shown. A card with a question mark in a name is no card. */
export function fitsInPdf(card: InsuranceCard): boolean {
  const { payer, plan = '', holder, facts, costs, notes, contacts } = card;
  const rows = [...facts, ...costs].flatMap(({ name, value }) => [name, value]);
  const reached = contacts.flatMap(({ name, lines }) => [name, ...lines]);
  return [payer, plan, holder, ...rows, ...notes, ...reached].every((text) => printable(text) === text);
}

type Row = readonly [name: string, value: string];

class CardSheet {
  private readonly document: PDFKit.PDFDocument;
  private readonly card: InsuranceCard;
  /** of the frame that is open on this sheet */
  private top = MARGIN;

  constructor(card: InsuranceCard, document: PDFKit.PDFDocument) {
    this.card = card;
    this.document = document;
  }

  /** Draws one side, with a frame around what is written. */
  side(write: () => void): void {
    const { document, card } = this;
    if (!this.hasRoom(LEAST_SIDE)) document.addPage();
    const top = document.y;
    this.top = top;
    document.rect(MARGIN, top, WIDTH, BAND).fill(card.colors.background);
    document.rect(MARGIN, top + BAND - STRIPE, WIDTH, STRIPE).fill(card.colors.highlight);
    document.fillColor(INK).y = top + BAND + PADDING;
    write();
    this.frame();
  }

  private frame(): void {
    const { document, top } = this;
    const bottom = document.y + PADDING / 2;
    document
      .roundedRect(MARGIN, top, WIDTH, bottom - top, PADDING / 2)
      .lineWidth(0.75)
      .stroke(LINE);
    document.fillColor(INK).y = bottom + 2 * PADDING;
  }

  private hasRoom(height: number): boolean {
    const { document } = this;
    return document.y + height <= document.page.height - MARGIN - PADDING / 2;
  }

  /** What has no room below goes on on another sheet, in a frame of its own, so that no row is torn apart. */
  private makeRoom(height: number): void {
    if (this.hasRoom(height)) return;
    this.frame();
    this.document.addPage();
    this.top = MARGIN;
    this.document.y = MARGIN + PADDING;
  }

  heading(): void {
    const { document, card } = this;
    const top = document.y;
    const left = MARGIN + PADDING + (this.logo() ? LOGO + PADDING : 0);
    document.font('Helvetica').fontSize(11).fillColor(SOFT);
    document.text([card.payer, card.plan].filter(Boolean).join(' – '), left, top);
    document.font('Helvetica-Bold').fontSize(17).fillColor(INK).text(card.holder, left);
    document.y = Math.max(document.y, top + LOGO) + PADDING / 2;
  }

  /** A picture that cannot be read is left out, as a browser does. */
  private logo(): boolean {
    const { document, card } = this;
    if (!card.logo) return false;
    try {
      const image = Buffer.from(card.logo.base64, 'base64');
      document.image(image, MARGIN + PADDING, document.y, { fit: [LOGO, LOGO] });
      return true;
    } catch {
      return false;
    }
  }

  title(text: string): void {
    this.makeRoom(LEAST_PART);
    this.document.moveDown(0.4).font('Helvetica-Bold').fontSize(10).fillColor(SOFT);
    this.document.text(text, MARGIN + PADDING).moveDown(0.2);
  }

  rows(rows: readonly Row[]): void {
    const { document } = this;
    const width = WIDTH - LABEL - 2 * PADDING;
    for (const [name, value] of rows) {
      const heightOfValue = document.font('Helvetica-Bold').fontSize(10).heightOfString(value, { width });
      document.font('Helvetica');
      this.makeRoom(Math.max(heightOfValue, document.heightOfString(name, { width: LABEL })));
      const top = document.y;
      document.fillColor(SOFT);
      document.text(name, MARGIN + PADDING, top, { width: LABEL });
      const below = document.y;
      document.font('Helvetica-Bold').fillColor(INK);
      document.text(value, MARGIN + PADDING + LABEL, top, { width });
      document.y = Math.max(document.y, below) + 2;
    }
  }

  note(text: string): void {
    const { document } = this;
    const width = WIDTH - 2 * PADDING;
    document.moveDown(0.3).font('Helvetica').fontSize(9);
    this.makeRoom(document.heightOfString(text, { width }));
    document.fillColor(INK).text(text, MARGIN + PADDING, document.y, { width });
  }

  async bytes(): Promise<Buffer> {
    this.document.end();
    const pieces: Buffer[] = [];
    for await (const piece of this.document) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  }
}

export async function cardPdf(card: InsuranceCard, words: CardWords): Promise<Buffer> {
  // With its fonts it is a tenth of what the service would load at its start, and few members ask for a PDF.
  const { default: PDFDocument } = await import('pdfkit');
  const info = { Title: [card.payer, card.plan].filter(Boolean).join(' '), Author: card.payer };
  const document = new PDFDocument({ size: 'LETTER', margin: MARGIN, lang: words.locale, info });
  const sheet = new CardSheet(card, document);
  sheet.side(() => {
    sheet.heading();
    sheet.rows(card.facts.map(({ name, value }): Row => [words.facts[name], value]));
    if (card.costs.length > 0) sheet.title(words.costs);
    sheet.rows(card.costs.map(({ name, value }): Row => [name, value]));
  });
  sheet.side(() => {
    sheet.rows(card.contacts.map(({ name, lines }): Row => [name, lines.join(' · ')]));
    for (const note of card.notes) sheet.note(note);
  });
  return sheet.bytes();
}
