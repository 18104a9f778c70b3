/** Shows the progress of an import as one line on a terminal. Without a terminal it shows nothing. */
import type { WriteStream } from 'node:tty';
import type { Summary } from './store/summary.ts';

const REDRAW_MS = 200;
const BAR_CHARACTERS = 24;
const BYTES_PER_MB = 1e6;

const handled = ({ created, updated, unchanged, deleted, rejected }: Summary) =>
  created + updated + unchanged + deleted + rejected;

/** The state of an import at one moment. */
export interface Moment {
  readBytes: number;
  aheadBytes: number;
  totalBytes: number;
  seconds: number;
  summary: Summary | undefined;
}

/** @returns e.g. `████░░░░  33 %  12.0 of 36.0 MB  4,000 resources, 3,100/s  2 rejected` */
export function describe({ readBytes, aheadBytes, totalBytes, seconds, summary }: Moment): string {
  const part = totalBytes === 0 ? 1 : Math.min(1, readBytes / totalBytes);
  const full = Math.round(part * BAR_CHARACTERS);
  const megabytes = (bytes: number) => (bytes / BYTES_PER_MB).toFixed(1);
  const resources = summary ? handled(summary) : 0;
  const rate = Math.round(resources / Math.max(seconds, 0.001));
  return [
    '█'.repeat(full) + '░'.repeat(BAR_CHARACTERS - full),
    `${Math.floor(part * 100)} %`.padStart(5),
    `${megabytes(readBytes)} of ${megabytes(totalBytes)} MB`,
    `${resources.toLocaleString('en-US')} resources, ${rate.toLocaleString('en-US')}/s`,
    ...(summary?.rejected ? [`${summary.rejected} rejected`] : []),
    ...(aheadBytes > 0 ? [`looking ahead: ${megabytes(aheadBytes)} MB`] : []),
  ].join('  ');
}

export class Progress {
  private readonly moment: Moment;
  private readonly started = Date.now();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly terminal: WriteStream;

  constructor(terminal: WriteStream, totalBytes: number) {
    this.terminal = terminal;
    this.moment = { readBytes: 0, aheadBytes: 0, totalBytes, seconds: 0, summary: undefined };
    if (terminal.isTTY) this.timer = setInterval(() => this.draw(), REDRAW_MS);
  }

  onRead(bytes: number, ahead: boolean): void {
    if (!ahead) this.moment.readBytes += bytes;
    this.moment.aheadBytes = ahead ? this.moment.aheadBytes + bytes : 0;
  }

  onStored(summary: Summary): void {
    this.moment.summary = summary;
  }

  [Symbol.dispose](): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.draw();
    this.terminal.write('\n');
  }

  private draw(): void {
    this.moment.seconds = (Date.now() - this.started) / 1000;
    this.terminal.write(`\r\x1b[K${describe(this.moment).slice(0, this.terminal.columns - 1)}`);
  }
}
