/** The style that a plan sets for apps which are launched from its portal (SMART App Launch, "SMART style"). */
import { z } from 'zod';

const Color = z
  .string()
  .regex(/^(#[0-9a-f]{3,8}|(rgb|hsl)a?\([0-9., %/]{1,40}\))$/i, 'must be a CSS color: #rrggbb, rgb(), hsl()');
const Size = z.string().regex(/^\d{1,3}(\.\d{1,3})?(px|rem|em)$/, 'must be a CSS length: px, rem, em');
const Fonts = z.string().regex(/^[\w ,'-]{1,200}$/, 'must be a list of font families');

/** The fields that SMART names; the defaults are the style of our own pages. */
export const SmartStyle = z.strictObject({
  color_background: Color.default('#f2f5f6'),
  color_error: Color.default('#8f1d1d'),
  color_highlight: Color.default('#0b5563'),
  color_modal_backdrop: Color.default('rgba(23, 37, 46, 0.5)'),
  color_success: Color.default('#1d6b3a'),
  color_text: Color.default('#17252e'),
  dim_border_radius: Size.default('10px'),
  dim_font_size: Size.default('17px'),
  dim_spacing_size: Size.default('16px'),
  font_family_body: Fonts.default('system-ui, sans-serif'),
  font_family_heading: Fonts.default('system-ui, sans-serif'),
});
export type SmartStyle = z.infer<typeof SmartStyle>;
