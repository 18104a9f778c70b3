/** Commands on a page of documentation. */

const FENCE = /^ *```\w*\n([\s\S]*?)^ *```$/gm;

/** @returns the commands in the blocks of a page; a backslash at the end of a line continues it */
export const commandsOf = (page: string): string[] =>
  [...page.matchAll(FENCE)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\s*\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
