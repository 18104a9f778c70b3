import { appPolicy } from '../pages/content-policy.ts';
import { filesIn, type SiteFile, siteFile } from '../pages/site-file.ts';

/** What the built page says in place of the address of the API. */
const EXAMPLE_URL = 'https://api.plan.example';

/**
 * The viewer of card links. It asks the API alone, and draws logos that are a part of a card.
 *
 * @param directory made by the build
 * @returns its files by address
 * @throws Error with one line when it is not built
 */
export function loadCardViewer(directory: string, publicUrl: string): Map<string, SiteFile> {
  return filesIn(directory, (path, text) =>
    siteFile(path, text.replace(EXAMPLE_URL, publicUrl), {
      // The names of its scripts change with their content.
      isFixed: path.startsWith('/card-assets/'),
      pagePolicy: () => appPolicy(publicUrl, 'data:'),
    }),
  );
}
