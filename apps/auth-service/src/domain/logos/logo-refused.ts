/** The file is no picture that members may be shown. The message continues a sentence that begins with `logo`. */
export class LogoRefused extends Error {
  override name = 'LogoRefused';
}

/** In pixels. */
export interface Dimensions {
  width: number;
  height: number;
}
