import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { populationOptions, type CommandOptions } from './options.ts';
import { kindsTable } from './kinds.ts';
import { population } from './population.ts';
import { previewTable } from './preview-members.ts';

const EXIT_BAD_OPTIONS = 2;
const CHUNK_CHARACTERS = 65_536;

/** The population as NDJSON, in pieces of about one chunk. */
function* ndjson(options: CommandOptions): Generator<string> {
  let chunk = '';
  for (const resource of population(options)) {
    chunk += `${JSON.stringify(resource)}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

function readOptions(): CommandOptions {
  try {
    return populationOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`population: ${(error as Error).message.split('\n')[0]}`);
    process.exit(EXIT_BAD_OPTIONS);
  }
}

const options = readOptions();
function outputOf(wanted: CommandOptions): Iterable<string> {
  if (wanted.kinds) return [kindsTable()];
  return wanted.table ? [previewTable(wanted.tenant)] : ndjson(wanted);
}

const output = outputOf(options);
try {
  await pipeline(Readable.from(output), process.stdout);
} catch (error) {
  // The reader (for example `head`) has closed the pipe, which is no error.
  const isClosedPipe = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    String((error as NodeJS.ErrnoException).code),
  );
  if (!isClosedPipe) throw error;
}
