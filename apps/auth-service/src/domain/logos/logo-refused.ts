/** The file is no picture that is shown to members. The message goes on a sentence that begins with `logo`. */
export class LogoRefused extends Error {
  override name = 'LogoRefused';
}

/** In pixels. */
export interface Dimensions {
  width: number;
  height: number;
}
