// Without the fonts: a page is then half as large, and shows in what the reader's system has.
import DefaultTheme from 'vitepress/theme-without-fonts';
import Layout from './Layout.vue';
import './style.css';

export default { extends: DefaultTheme, Layout };
