/** Rows of keys, the alphabet and the digits, which people type instead of thinking of a password. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '!@#$%^&*()',
  'qwertyuiopasdfghjklzxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  'qwertzuiopasdfghjklyxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
];
const reversed = (text: string): string => [...text].reverse().join('');
/** Twice, because a run may go on at the start. */
const RUNS = [...ROWS, ...ROWS.map(reversed)].map((row) => row + row);
const MIN_RUN_CHARACTERS = 4;

/** @returns how many characters from `at` on are one run, or one character again and again */
function runLength(text: string, at: number): number {
  const first = text.charAt(at);
  let same = 1;
  while (text.charAt(at + same) === first) same += 1;
  let row = 1;
  while (at + row < text.length && RUNS.some((run) => run.includes(text.slice(at, at + row + 1)))) row += 1;
  return Math.max(same, row);
}

/** @returns the text in lower case with one character for each run of keys, digits, or one repeated character */
export function withoutRuns(text: string): string {
  let left = '';
  for (let at = 0; at < text.length;) {
    const length = runLength(text, at);
    left += text.charAt(at);
    at += length >= MIN_RUN_CHARACTERS ? length : 1;
  }
  return left;
}
