import { contentPolicy } from './content-policy.ts';
import { type Addresses, fillAddresses } from './fill-addresses.ts';
import { filesIn, type Site, siteFile } from './site-file.ts';

/** The name of these files changes with their content. */
const HASHED = /^\/assets\//;
const MISSING = '/404';
/** The viewer of the API, which reads the plan's OpenAPI document at the API. */
const VIEWER = /^\/api\//;
/** Browsers ask for the first where a page names no icon, as the pages of developers' accounts do. */
const ICON_ASKED_FOR = '/favicon.ico';
const ICON = '/icon.svg';
/** Logos of plans, which apps show. */
const FOR_OTHERS = /^\/brands\//;

/**
 * The pages for app developers, with the addresses of this installation.
 *
 * @param directory made by the build
 * @throws Error with one line when the pages are not built
 */
export function loadSite(directory: string, addresses: Addresses): Site {
  const files = filesIn(directory, (path, built) => {
    const text = fillAddresses(built, addresses);
    // The name does not change with what was filled in.
    return siteFile(path, text, {
      isFixed: HASHED.test(path) && text === built,
      pagePolicy: (html) => contentPolicy(html, ...(VIEWER.test(path) ? [addresses.publicUrl] : [])),
      isForOthers: FOR_OTHERS.test(path),
    });
  });
  const icon = files.get(ICON);
  if (icon) files.set(ICON_ASKED_FOR, icon);
  const missing = files.get(MISSING);
  files.delete(MISSING);
  if (!missing) throw new Error(`${directory} has no pages: npm run build`);
  return { files, missing };
}
