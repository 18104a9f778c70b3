// Without the fonts: a page is then half as large, and shows in what the reader's system has.
export { default } from 'vitepress/theme-without-fonts';
import './style.css';
