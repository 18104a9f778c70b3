/** What was asked for cannot be done; the text says why, to whoever asked, and has no secret. */
export class ActRefused extends Error {
  override name = 'ActRefused';
}
