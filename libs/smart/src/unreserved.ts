/** Unreserved characters (RFC 3986 section 2.3), and the `$` of operations, which many clients encode. */
const UNRESERVED = /%(?:2[4de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/gi;

/** @returns the path with these characters as they are, and all others as they came (RFC 3986 section 6.2.2.2) */
export const decodeUnreserved = (path: string): string =>
  path.includes('%') ? path.replace(UNRESERVED, (encoded) => decodeURIComponent(encoded)) : path;
