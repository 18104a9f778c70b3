/**
 * @returns whether a browser goes to a page with this request (Fetch Metadata, which every browser sends since 2023 to an
 *   https or loopback host). A program that speaks HTTP by itself does not say so
 */
export const isBrowserNavigation = (secFetchMode: string | string[] | undefined): boolean =>
  secFetchMode === 'navigate';
