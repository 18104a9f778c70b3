/** The question of who somebody is, which audit-service asks auth-service for an auditor. */
import { z } from 'zod';

const MAX_TEXT_CHARACTERS = 320;
/** How many ids one question may name. */
export const MAX_DIRECTORY_IDS = 500;
/** How many people an answer has at most. */
export const MAX_DIRECTORY_PEOPLE = 50;

/**
 * POST of a {@link DirectoryQuestion} with an auditor's introspection JWT, the one that the asking service got: 200 with a
 * {@link DirectoryAnswer}. 401 for another credential, and 403 for somebody who is no auditor of the tenant. Each question
 * is an access event of its own.
 */
export const DIRECTORY_PATH = '/internal/:tenant/directory';

/**
 * On a question, with any value: the asking service reads `survivors`. Older builds refuse an answer with a field that they do not
 * know, so it goes to those alone who send this. A build that reads `survivors` drops `stoodUnder` if it does not know it.
 */
export const SURVIVORS_HEADER = 'x-reads-survivors';

const Ids = z.array(z.string().min(1).max(MAX_TEXT_CHARACTERS)).max(MAX_DIRECTORY_IDS);

export const DirectoryQuestion = z.object({
  /** a name or a part of it, a member number, a login or its subject, an email address, or a Patient id */
  find: z.string().min(1).max(MAX_TEXT_CHARACTERS).optional(),
  /** Patient ids whose names are wanted */
  patients: Ids.optional(),
  /** client ids whose names and addresses are wanted */
  apps: Ids.optional(),
});
export type DirectoryQuestion = z.infer<typeof DirectoryQuestion>;

export const DirectoryAnswer = z.object({
  plan: z.object({ name: z.string() }),
  /** members: of `find` at most {@link MAX_DIRECTORY_PEOPLE}, and those of `patients` that are known */
  people: z.array(
    z.object({
      patient: z.string(),
      name: z.string(),
      /** member numbers at the plan */
      numbers: z.array(z.string()),
      /** logins that may see, or could once see, this member's data */
      logins: z.array(z.string()),
    }),
  ),
  /** whose records were merged into those of `patients`, in several steps too; absent: nobody's */
  replaced: z.array(z.object({ patient: z.string(), survivor: z.string() })).optional(),
  /** whose record those of `patients` are now that were merged into another one; absent: none was, or see {@link SURVIVORS_HEADER} */
  survivors: z.array(z.object({ patient: z.string(), survivor: z.string() })).optional(),
  /**
   * Records of `patient` stood `under` another one for a time: before a split, or until a merge or a split was taken back. One of
   * the two is one of `patients` or was merged into one. Absent: nobody's, or see {@link SURVIVORS_HEADER}
   */
  stoodUnder: z.array(z.object({ patient: z.string(), under: z.string() })).optional(),
  /** logins that `find` names exactly, by login or subject, of members and of staff */
  logins: z.array(z.object({ sub: z.string(), login: z.string(), role: z.enum(['member', 'auditor']) })),
  apps: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      /** what the app's publisher has told of itself: publisher, web page, contacts; empty: nothing */
      address: z.string(),
    }),
  ),
  /** false: more people match than the answer has */
  complete: z.boolean(),
});
export type DirectoryAnswer = z.infer<typeof DirectoryAnswer>;
