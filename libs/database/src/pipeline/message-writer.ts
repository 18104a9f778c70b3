/** Writes the messages of a client in the extended query protocol (PostgreSQL documentation, "Message Formats"). */

const INITIAL_BYTES = 4_096;
const [PARSE, BIND, DESCRIBE, EXECUTE, CLOSE, SYNC] = ['P', 'B', 'D', 'E', 'C', 'S'].map((type) =>
  type.charCodeAt(0),
) as [number, number, number, number, number, number];
const [PORTAL, STATEMENT] = ['P', 'S'] as const;
const NULL_LENGTH = -1;

/** Collects messages in one buffer, which is used again after each {@link take}. */
export class MessageWriter {
  private bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  private end = 0;
  /** offset at which the length of the current message has to be written */
  private length = 0;

  /** @param name empty for a statement that the next bind only uses */
  parse(name: string, text: string): void {
    this.begin(PARSE);
    this.text(name);
    this.text(text);
    this.int16(0);
    this.finish();
  }

  /** Binds the unnamed portal. Parameters and results are text. */
  bind(name: string, values: readonly (string | null)[]): void {
    this.begin(BIND);
    this.text('');
    this.text(name);
    this.int16(0);
    this.int16(values.length);
    for (const value of values) this.value(value);
    this.int16(0);
    this.finish();
  }

  describe(): void {
    this.begin(DESCRIBE);
    this.text(PORTAL);
    this.finish();
  }

  execute(): void {
    this.begin(EXECUTE);
    this.text('');
    this.int32(0);
    this.finish();
  }

  /** Ends a statement with a name, if the server has it. */
  close(name: string): void {
    this.begin(CLOSE);
    this.text(`${STATEMENT}${name}`);
    this.finish();
  }

  sync(): void {
    this.begin(SYNC);
    this.finish();
  }

  /** @returns a copy of the collected messages */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.end));
    this.end = 0;
    return taken;
  }

  private begin(type: number): void {
    this.reserve(5);
    this.bytes[this.end] = type;
    this.length = this.end + 1;
    this.end += 5;
  }

  private finish(): void {
    this.bytes.writeInt32BE(this.end - this.length, this.length);
  }

  private int16(value: number): void {
    this.reserve(2);
    this.end = this.bytes.writeInt16BE(value, this.end);
  }

  private int32(value: number): void {
    this.reserve(4);
    this.end = this.bytes.writeInt32BE(value, this.end);
  }

  private text(value: string): void {
    this.reserve(Buffer.byteLength(value) + 1);
    this.end += this.bytes.write(value, this.end);
    this.bytes[this.end] = 0;
    this.end += 1;
  }

  private value(value: string | null): void {
    if (value === null) return this.int32(NULL_LENGTH);
    const length = Buffer.byteLength(value);
    this.int32(length);
    this.reserve(length);
    this.end += this.bytes.write(value, this.end);
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.end + bytes));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}
