/** In the place of a polyfill: browsers have `crypto`. */
export default undefined;
