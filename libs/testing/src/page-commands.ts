/** Commands on a page of documentation. */

const FENCE = /^ *```\w*\n([\s\S]*?)^ *```$/gm;
const SPAN = /`([^`\n]+)`/g;
/** A program with what it is told, or a statement: more than the name of a command. */
const COMMAND =
  /^(?:[A-Z_]+=\S+ )*(?:(?:curl|docker|dropdb|kubectl|pg_\w+|psql|sh) \S|npm (?:start$|run (?:-s )?\S+ -- )|npm start$)|^(?:ALTER|INSERT|SELECT) /;

/** @returns the commands in the blocks of a page; a backslash at the end of a line continues it */
export const commandsOf = (page: string): string[] =>
  [...page.matchAll(FENCE)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\s*\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );

/** @returns the commands in the sentences and tables of a page */
export const inlineCommandsOf = (page: string): string[] =>
  [...page.replaceAll(FENCE, '').matchAll(SPAN)]
    .map(([, span = '']) => span)
    .filter((span) => COMMAND.test(span));
