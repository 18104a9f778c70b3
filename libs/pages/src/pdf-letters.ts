/** The standard fonts of PDF have the letters and signs of Windows-1252, and pdfkit writes all of them. */
const OTHERS = /[^\x20-\x7e\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/gu;

/** @returns the text with `?` in place of each character that the standard fonts of PDF do not have */
export const printable = (text: string): string => text.replace(OTHERS, '?');
