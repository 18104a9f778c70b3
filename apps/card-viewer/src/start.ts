/** The viewer of card links: shows whoever has the QR code of a member the card, and keeps nothing. */
import './style.css';
import 'virtual:card.css';
import { Viewer } from './viewer.ts';

const api = document.querySelector<HTMLMetaElement>('meta[name=api]')?.content ?? '';
const viewer = new Viewer(api);

window.addEventListener('hashchange', () => viewer.begin());
window.addEventListener('pagehide', () => viewer.forget());
document.addEventListener('submit', (event) => {
  event.preventDefault();
  if (event.target instanceof HTMLFormElement) void viewer.send(event.target);
});
document.addEventListener('click', ({ target }) => {
  if (!(target instanceof HTMLElement)) return;
  const { language, print } = target.dataset;
  if (language !== undefined) viewer.speak(language);
  if (print !== undefined) window.print();
});
viewer.begin();
