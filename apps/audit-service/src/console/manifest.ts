/** The manifest of the files of a filter: their SHA-256, and the ends of the chains, signed with the checkpoints' key. */
import { createHash } from 'node:crypto';
import type { FileOfManifest } from '../checkpoints/manifest.ts';
import { type EventsFormat, complete } from './export.ts';
import type { ConsoleEvent } from './facts.ts';

/** Hashes a file that is made again only to be hashed. */
class HashedFile {
  private readonly format: EventsFormat;
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(format: EventsFormat) {
    this.format = format;
    this.add(format.head);
  }

  add(text: string): void {
    const bytes = Buffer.from(text);
    this.hash.update(bytes);
    this.bytes += bytes.length;
  }

  events(some: readonly ConsoleEvent[]): void {
    this.add(this.format.of(some));
  }

  end(events: number, missing: string): FileOfManifest {
    this.add(this.format.end(complete(events, missing)));
    return { name: this.format.name, bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}

/** @param missing what of the trail is gone, in words @returns the files' names, sizes and hashes; yields before each step, so that the caller can show that it goes on */
export async function* hashedFiles(
  formats: readonly EventsFormat[],
  events: AsyncIterable<readonly ConsoleEvent[]>,
  missing: string,
): AsyncGenerator<void, { files: FileOfManifest[]; events: number }> {
  const files = formats.map((format) => new HashedFile(format));
  let count = 0;
  for await (const some of events) {
    for (const file of files) file.events(some);
    count += some.length;
    yield;
  }
  return { files: files.map((file) => file.end(count, missing)), events: count };
}
