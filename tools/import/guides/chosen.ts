/** Which set of guides a plan has chosen. */
import { fhirBase, type GuideSet, guideSetNamedBy, publicationOf } from '@patient-access/fhir';
import { z } from 'zod';
import { fetchStatement, type InstallationAddress, NOT_FOUND, statementAddress } from './statement.ts';

/** What `--guides` says: a set, or that none is to be checked; nothing: the one that the plan has chosen. */
export type AskedGuides = GuideSet | 'none' | undefined;

/** The set to check by, and in words where it is from. */
export interface GuidesToCheck {
  set?: GuideSet;
  because: string;
}

const Statement = z.object({
  implementation: z.object({ url: z.string() }),
  implementationGuide: z.array(z.string()).default([]),
});
/** @returns what the plan's CapabilityStatement says @throws Error when it says nothing, with one line */
async function published(plan: string, installation: InstallationAddress): Promise<GuideSet> {
  try {
    const said = Statement.parse(await fetchStatement(installation, plan));
    const { implementation, implementationGuide } = said;
    if (implementation.url !== fhirBase(installation.publicUrl, plan))
      throw new Error(`it is the statement of ${implementation.url}`);
    const set = guideSetNamedBy(implementationGuide);
    if (set) return set;
    throw new Error('it names the guides of no set');
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const why = (message || code || 'no answer').split('\n')[0];
    const address = statementAddress(installation, plan);
    if (why === NOT_FOUND)
      throw new Error(
        `${address} does not serve a plan ${plan} (${why}): is the name right? A plan that was served before needs --guides`,
        { cause: error },
      );
    const next = installation.isPreview
      ? 'start the preview with npm start, or give --guides'
      : 'give --guides';
    throw new Error(`${address} does not say which guides ${plan} has chosen (${why}): ${next}`, {
      cause: error,
    });
  }
}

/**
 * The set is a setting of the plan that auth-service keeps (ADR 107). Everybody reads it in the plan's CapabilityStatement, and so
 * does an import: it needs no credential for that, and there is no copy that could say something else.
 *
 * @param installation undefined: nobody can be asked, and resources are checked by no guides
 * @throws Error when the plan cannot be asked, or does not say it: then nothing is checked by guides that are not the plan's
 */
export async function guidesToCheck(
  tenant: string,
  asked: AskedGuides,
  installation: InstallationAddress | undefined,
): Promise<GuidesToCheck> {
  if (publicationOf(tenant)) return { because: 'what is published is always checked by its guide' };
  if (asked === 'none') return { because: '--guides none' };
  if (asked) return { set: asked, because: `--guides ${asked}` };
  if (installation === undefined)
    return { because: 'nobody says which guides the plan has chosen: set PUBLIC_URL, or give --guides' };
  const set = await published(tenant, installation);
  return { set, because: `the setting of ${tenant}: guides ${set}` };
}
