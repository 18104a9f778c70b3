/**
 * What a narrative may contain (http://hl7.org/fhir/R4/narrative.html#xhtml, invariants txt-1 and txt-2): the
 * elements and attributes of HTML 4.0 that format text. Everything else is removed.
 */

const words = (text: string) => text.split(/\s+/).filter(Boolean);

export const ELEMENTS: ReadonlySet<string> = new Set(
  words(`a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3
    h4 h5 h6 hr i img kbd li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var`),
);

/** Elements that never have content. */
export const VOID: ReadonlySet<string> = new Set(['br', 'col', 'hr', 'img']);

/**
 * Elements that are removed with their content. Their content is not text, or would become something else where it is
 * shown.
 */
export const WITH_CONTENT: ReadonlySet<string> = new Set(
  words(`applet audio base basefont button canvas embed form frame frameset head iframe input link listing map math
    meta noembed noframes noscript object option param plaintext script select style svg template textarea title
    video xmp`),
);

/** Those of them to which a browser gives no content. */
export const WITHOUT_CONTENT: ReadonlySet<string> = new Set(
  words('base basefont embed frame input link meta param'),
);

const EVERYWHERE = words('class dir id lang title xml:lang');

const OF_CELLS = words('abbr align axis char charoff colspan headers rowspan scope valign');
const OF_COLUMNS = words('align char charoff span valign width');
const OF_ROWS = words('align char charoff valign');

/**
 * Attributes that only some elements may have. All may have the general ones and `style`; the two links are checked
 * separately.
 */
const BY_ELEMENT: Readonly<Record<string, readonly string[]>> = {
  a: ['name', 'hreflang'],
  col: OF_COLUMNS,
  colgroup: OF_COLUMNS,
  div: ['align', 'xmlns'],
  h1: ['align'],
  h2: ['align'],
  h3: ['align'],
  h4: ['align'],
  h5: ['align'],
  h6: ['align'],
  hr: ['align', 'size', 'width'],
  img: words('align alt border height hspace vspace width'),
  li: ['type', 'value'],
  ol: ['compact', 'start', 'type'],
  p: ['align'],
  pre: ['xml:space'],
  table: words('align bgcolor border cellpadding cellspacing frame rules summary width'),
  tbody: OF_ROWS,
  td: [...OF_CELLS, 'bgcolor', 'nowrap', 'height', 'width'],
  tfoot: OF_ROWS,
  th: [...OF_CELLS, 'bgcolor', 'nowrap', 'height', 'width'],
  thead: OF_ROWS,
  tr: [...OF_ROWS, 'bgcolor'],
  ul: ['compact', 'type'],
};

const allowed = new Map(
  [...ELEMENTS].map((element) => [element, new Set([...EVERYWHERE, ...(BY_ELEMENT[element] ?? [])])]),
);

const SCHEME = /^(?:https?|mailto|tel):/i;
/** Browsers ignore these characters in a scheme, or read them as others. */
const TRICK = /[\0-\x20\\&]/;

/**
 * May this be linked to? Allowed are pages, mailboxes, other resources and places in the narrative, and nothing that
 * runs.
 */
function isPlainLink(link: string): boolean {
  const [head = ''] = link.split(/[/?#]/, 1);
  return !TRICK.test(head) && (!head.includes(':') || SCHEME.test(head));
}

/**
 * An image from another server would tell that server who reads the record, and when. So only images inside the
 * resource are allowed, in formats that cannot hold a script.
 */
const IMAGE = /^(?:#|data:image\/(?:gif|jpeg|png);base64,[A-Za-z0-9+/=\s]*$)/;

const STYLE_PROPERTY =
  /^(?:background(?:-color)?|border(?:-[a-z]+)*|caption-side|clear|color|direction|display|empty-cells|float|font(?:-[a-z]+)?|height|letter-spacing|line-height|list-style-type|margin(?:-[a-z]+)?|max-height|max-width|min-height|min-width|overflow|padding(?:-[a-z]+)?|page-break-[a-z]+|table-layout|text-[a-z]+|vertical-align|white-space|width|word-(?:break|spacing|wrap))$/;
/** Allows no functions except those of colors, and no escapes, comments or at-rules. */
const STYLE_VALUE = /^(?:[\w\s.,#%!+'"-]|(?:rgb|rgba|hsl|hsla)\([\d\s.,%]*\))+$/i;

function isPlainStyle(style: string): boolean {
  return style.split(';').every((declaration) => {
    if (declaration.trim() === '') return true;
    const [property = '', value = '', ...more] = declaration.split(':');
    return more.length === 0 && STYLE_PROPERTY.test(property.trim().toLowerCase()) && STYLE_VALUE.test(value);
  });
}

/**
 * @param element one of {@link ELEMENTS}
 * @param name of the attribute, in lower case
 * @param value as a reader would see it, with entities resolved
 */
export function isAllowed(element: string, name: string, value: string): boolean {
  if (name === 'style') return isPlainStyle(value);
  if (name === 'href') return element === 'a' && isPlainLink(value);
  if (name === 'src') return element === 'img' && IMAGE.test(value);
  if (name === 'xmlns') return element === 'div' && value === 'http://www.w3.org/1999/xhtml';
  return allowed.get(element)?.has(name) ?? false;
}
