/**
 * Mends the roles of VitePress' search box. There the whole box is a button and each result an option around a link, so
 * a screen reader says nothing of what is inside (axe: nested-interactive). Here the box is a dialog with a combobox
 * (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/), and a link is itself the option.
 */
const FILE = 'theme-default/components/VPLocalSearchBox.vue';

const CHANGES = [
  [
    `role="button"
      :aria-owns="results?.length ? 'localsearch-list' : undefined"
      aria-expanded="true"
      aria-haspopup="listbox"
      aria-labelledby="localsearch-label"`,
    `role="dialog"
      aria-modal="true"
      :aria-label="buttonText"`,
  ],
  [
    `aria-autocomplete="both"
            :aria-controls="results?.length ? 'localsearch-list' : undefined"
            aria-labelledby="localsearch-label"`,
    `role="combobox"
            aria-autocomplete="list"
            aria-haspopup="listbox"
            :aria-expanded="results?.length ? 'true' : 'false'"
            :aria-controls="results?.length ? 'localsearch-list' : undefined"
            :aria-label="buttonText"`,
  ],
  [`:aria-labelledby="results?.length ? 'localsearch-label' : undefined"`, `:aria-label="buttonText"`],
  [
    `:id="'localsearch-item-' + index"
            :aria-selected="selectedIndex === index ? 'true' : 'false'"
            role="option"
          >
            <a`,
    `role="presentation"
          >
            <a
              :id="'localsearch-item-' + index"
              :aria-selected="selectedIndex === index ? 'true' : 'false'"
              role="option"`,
  ],
  // A key that is shown as a picture.
  ['<kbd :aria-label=', '<kbd role="img" :aria-label='],
];

/** A plugin of Vite. It fails where a newer VitePress has another box: then look whether that one is right by itself. */
export const mendSearchBox = {
  name: 'mend-search-box',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith(FILE)) return undefined;
    return CHANGES.reduce((mended, [was, becomes]) => {
      if (!mended.includes(was)) throw new Error(`${FILE} does not have: ${was}`);
      return mended.replaceAll(was, () => becomes);
    }, code);
  },
};
