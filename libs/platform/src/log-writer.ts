/** Writes the lines of a log to a file, a pipe or a terminal. Whatever becomes of that, the process goes on. */
import { write, writeSync } from 'node:fs';

/** Lines are written in blocks, because a system call for every line would take a tenth of the time of a small request. */
const BLOCK_CHARACTERS = 8 * 1024;
const FLUSH_MS = 200;
/**
 * So much is kept while nobody takes it: whoever reads the pipe stands still, or the disk is full. Lines that come then are left
 * out. They would fill the memory, and the process would be ended for it.
 */
export const MOST_KEPT_CHARACTERS = 4 * 1024 * 1024;
/** At the end of the process a reader that is slow has so long. */
const END_MS = 1_000;
/** After this time a reader that is slow may have taken something. */
const PAUSE_MS = 10;

const NOTHING = Buffer.alloc(0);
const SLEEPING = new Int32Array(new SharedArrayBuffer(4));

const isSlow = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';

export class LogWriter {
  /** is told how many lines were left out, as soon as lines are taken again */
  onLeftOut: (lines: number) => void = () => undefined;
  private readonly fd: number;
  private lines = '';
  /** what is being written, or was not taken */
  private block: Buffer = NOTHING;
  private isWriting = false;
  private isPausing = false;
  private isDue = false;
  private leftOut = 0;

  /** @param fd of a pipe or socket: it has to be one that refuses (EAGAIN) rather than waits, or the process waits with it */
  constructor(fd: number) {
    this.fd = fd;
  }

  write(line: string): void {
    if (this.block.length + this.lines.length + line.length > MOST_KEPT_CHARACTERS) {
      this.leftOut += 1;
      return;
    }
    this.lines += line;
    if (this.lines.length >= BLOCK_CHARACTERS) this.flush();
    else this.flushSoon();
  }

  /** For a fatal line, and at the end of the process. What cannot be written now is lost with it. */
  flushSync(): void {
    const lines = Buffer.from(this.lines);
    this.lines = '';
    let rest = lines;
    if (!this.isWriting) {
      rest = Buffer.concat([this.block, lines]);
      this.block = NOTHING;
    }
    for (const end = performance.now() + END_MS; rest.length > 0;) {
      try {
        rest = rest.subarray(writeSync(this.fd, rest));
      } catch (error) {
        if (!isSlow(error) || performance.now() > end) return;
        Atomics.wait(SLEEPING, 0, 0, PAUSE_MS);
      }
    }
  }

  private flushSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => {
      this.isDue = false;
      this.flush();
    }, FLUSH_MS).unref();
  }

  private flush(): void {
    if (this.isWriting || this.isPausing) return;
    if (this.block.length === 0) {
      this.block = Buffer.from(this.lines);
      this.lines = '';
    }
    if (this.block.length === 0) return;
    this.isWriting = true;
    write(this.fd, this.block, (error, written) => {
      this.isWriting = false;
      if (error) this.pause(isSlow(error) ? PAUSE_MS : FLUSH_MS);
      else this.taken(written);
    });
  }

  /** The disk is full, or the other end of the pipe is gone. It may have room again, and nobody has to be told in the log. */
  private pause(ms: number): void {
    this.isPausing = true;
    setTimeout(() => {
      this.isPausing = false;
      this.flush();
    }, ms).unref();
  }

  private taken(written: number): void {
    this.block = this.block.subarray(written);
    if (this.block.length > 0 || this.lines.length >= BLOCK_CHARACTERS) this.flush();
    else if (this.lines !== '') this.flushSoon();
    const { leftOut } = this;
    if (leftOut === 0 || this.block.length > 0) return;
    this.leftOut = 0;
    this.onLeftOut(leftOut);
  }
}
