/** How an import stores. */
import type { AddedWords } from './labels/displays.ts';
import type { ImportSource } from './ingest-event.ts';
import type { Checking } from './profile-checks.ts';

export interface IngestOptions extends Checking {
  /** who imports; each batch then records an event. Absent where the cause of the change has an event of its own */
  feed?: ImportSource;
  /** UUID of the load, which may state that it has brought all records of a type */
  load?: string;
  /** what is added to what comes; absent: it is stored as it comes */
  words?: AddedWords | undefined;
  /** deletions delete too what has to stay for a time */
  deletesRetained?: boolean | undefined;
}
