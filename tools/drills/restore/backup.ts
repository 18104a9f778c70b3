import type { MemberApp } from '../member-app.ts';

/** A way to keep what the databases have, and to put it back. */
export interface Backup {
  /** in the words of the drill */
  name: string;
  /** Takes it while members are served. @param app of a member; what it has at the end is kept */
  take(app: MemberApp): Promise<void>;
  /** Makes dumps of what was kept, although more was written since. They can be put back then. */
  prepare(): Promise<void>;
  stop(): Promise<void>;
}
