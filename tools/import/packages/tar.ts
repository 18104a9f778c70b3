/** Files of a tar archive (POSIX ustar, with GNU's and pax' long names), as FHIR packages are. */

const BLOCK_BYTES = 512;
const NAME = [0, 100] as const;
const SIZE = [124, 136] as const;
const TYPE = 156;
const PREFIX = [345, 500] as const;
const TYPES = { file: '0', oldFile: '\0', longName: 'L', pax: 'x' } as const;

export interface TarFile {
  name: string;
  content: Buffer;
}

const textAt = (header: Buffer, [from, to]: readonly [number, number]) => {
  const text = header.toString('utf8', from, to);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
};

/** A record is `<length> <name>=<value>\n`. */
function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString('utf8'))?.[1];
}

/** @throws Error when the archive ends in the middle of a file */
export function* filesOfTar(archive: Buffer): Generator<TarFile> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK_BYTES <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return;
    const size = parseInt(textAt(header, SIZE).trim(), 8);
    const from = at + BLOCK_BYTES;
    if (!Number.isFinite(size) || from + size > archive.length) throw new Error('a damaged tar archive');
    const content = archive.subarray(from, from + size);
    const type = String.fromCharCode(header[TYPE] ?? 0);
    const prefix = textAt(header, PREFIX);
    const name = longName ?? (prefix ? `${prefix}/${textAt(header, NAME)}` : textAt(header, NAME));
    longName =
      type === TYPES.longName
        ? textAt(content, [0, content.length])
        : type === TYPES.pax
          ? paxPath(content)
          : undefined;
    if (type === TYPES.file || type === TYPES.oldFile) yield { name, content };
    at = from + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}
