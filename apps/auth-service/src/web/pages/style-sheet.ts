/** The style sheet of all pages. The contrast of texts is at least 7:1. Nothing depends on colour, width or a script. The narrowest rules are for text that is twice as large on a phone. On paper a button with a role stays: it is a box of the consent page. */
export const STYLE_SHEET = `
:root {
  --ink: #17252e;
  --soft: #4a5a64;
  --line: #c9d3d9;
  --line-soft: #dfe6ea;
  --paper: #ffffff;
  --ground: #f2f5f6;
  --accent: #0b5563;
  --accent-dark: #083f4a;
  --tint: #e7f1f3;
  --good: #155228;
  --good-ground: #e9f5ec;
  --warn: #7a3e00;
  --warn-ground: #fff4e2;
  --bad: #8f1d1d;
  --bad-ground: #fdecec;
}
* { box-sizing: border-box; }
html { font-size: 106.25%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  line-height: 1.5;
  overflow-wrap: break-word;
  hyphens: manual;
}
header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: .25rem 1.5rem;
  max-width: 36rem;
  margin: 0 auto;
  padding: 1.25rem 1rem .75rem;
}
.plan { display: flex; flex: 1 1 auto; align-items: center; gap: .6rem; font-weight: 600; color: var(--accent-dark); }
.languages { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem; font-size: .92rem; }
.languages > * { padding: .3rem .6rem; border-radius: .5rem; }
.languages button { flex: none; min-height: 2.75rem; border: 0; background: none; font: inherit; text-decoration: underline; text-underline-offset: .15em; }
.languages span { font-weight: 600; background: var(--line-soft); }
/* What somebody else named breaks anywhere rather than be wider than a phone: apps, plans, logins, hosts. */
:is(code, dd, .plan, h1, h2, h3, .choice strong, .bar span, .people, .tag, .button) { overflow-wrap: anywhere; }
:is(.bar form, .bar span, .people li, .button) { min-width: 0; }
:is(h1, h2, h3, legend, button, .button) { hyphens: auto; }
a { color: var(--accent); text-underline-offset: .15em; }
a:hover { color: var(--accent-dark); }
/* A link that stands alone is a target of its own (WCAG 2.2, 2.5.8). */
:is(.note, .past li, .people li) > a { display: inline-block; padding-block: .2rem; }
.note + .lead { margin-top: 1rem; }
.mark {
  flex: none;
  width: 1.5rem;
  height: 1.5rem;
  border-radius: .45rem;
  background:
    linear-gradient(#fff, #fff) center / .9rem .24rem no-repeat,
    linear-gradient(#fff, #fff) center / .24rem .9rem no-repeat,
    var(--accent);
}
main {
  max-width: 36rem;
  margin: 0 auto 3rem;
  padding: 2rem 2.25rem 2.25rem;
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 1rem;
  box-shadow: 0 .5rem 1.5rem rgb(23 37 46 / 7%);
}
.wide header, .wide main { max-width: 48rem; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; }
h2 { margin: 0 0 .25rem; font-size: 1.05rem; }
h3 { margin: 1.1rem 0 .45rem; font-size: .92rem; font-weight: 600; color: var(--soft); }
p { margin: 0 0 1rem; }
.lead { color: var(--soft); margin-bottom: 1.5rem; }
.note, .hint { color: var(--soft); font-size: .92rem; }
.note { margin: 1rem 0 0; }
.hint { margin: 0 0 .75rem; }
.field { margin-bottom: 1.1rem; }
.field label { display: block; margin-bottom: .3rem; font-weight: 600; }
.field input {
  width: 100%;
  min-height: 3rem;
  padding: .5rem .8rem;
  font: inherit;
  color: inherit;
  background: var(--paper);
  border: 1px solid #6b7b85;
  border-radius: .5rem;
}
.field textarea { width: 100%; padding: .5rem .8rem; font: inherit; font-size: .9rem; color: inherit; background: var(--paper); border: 1px solid #6b7b85; border-radius: .5rem; resize: vertical; }
fieldset { margin: 1.75rem 0 0; padding: 0; border: 0; min-width: 0; }
.date { display: flex; flex-wrap: wrap; gap: 0 .75rem; margin: 0; }
.date legend { width: 100%; font-size: 1rem; }
.date .field { flex: 1 1 5rem; min-width: 0; }
legend { padding: 0; margin-bottom: .35rem; font-size: 1.15rem; font-weight: 700; }
legend h2 { margin: 0; font: inherit; }
.stack { display: grid; gap: .55rem; }
.choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: .55rem; }
.choice {
  display: flex;
  align-items: flex-start;
  border: 1px solid var(--line);
  border-radius: .6rem;
}
.choice:has(:is(input:checked, [aria-checked=true])) { border-color: var(--accent); background: var(--tint); }
.choice input { flex: none; width: 1.3rem; height: 1.3rem; margin: .95rem .2rem .9rem .95rem; accent-color: var(--accent); }
.choice label { flex: 1; min-width: 0; padding: .75rem .95rem .75rem .6rem; cursor: pointer; }
.choice button { display: flex; flex: 1; align-items: flex-start; gap: .6rem; min-width: 0; padding: .75rem .95rem; font-weight: 400; text-align: left; color: inherit; background: none; border: 0; hyphens: manual; }
.choice button:target { scroll-margin-top: 40vh; }
.choice strong { display: block; line-height: 1.35; }
.choice span { display: block; color: var(--soft); font-size: .9rem; line-height: 1.4; }
.choice .words { flex: 1; min-width: 0; color: inherit; font-size: inherit; line-height: inherit; }
.choice .box { flex: none; width: 1.3rem; height: 1.3rem; margin-top: .15rem; border: 2px solid #6b7b85; border-radius: .3rem; background: var(--paper); color: #fff; font-size: 1rem; font-weight: 700; line-height: 1.05rem; text-align: center; }
.choice [aria-checked=true] .box { border-color: var(--accent); background: var(--accent); }
.choice [aria-checked=true] .box::before { content: "\\2713"; }
.choice [role=radio] .box { border-radius: 50%; }
.choice [role=radio][aria-checked=true] .box::before { content: "\\25cf"; font-size: .7rem; }
.choice .part { margin-top: .15rem; color: var(--accent-dark); font-weight: 600; }
.facts { margin: 1rem 0; }
.facts div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .25rem 0; }
.facts dt { flex: 0 0 11rem; color: var(--soft); }
.facts dd { flex: 1 1 12rem; min-width: 0; margin: 0; overflow-wrap: break-word; }
.titled { display: flex; align-items: flex-start; gap: .8rem; }
.titled :is(h1, h2, h3) { flex: 1; min-width: 0; }
.logo { flex: none; width: 3rem; height: 3rem; object-fit: contain; background: #fff; border: 1px solid var(--line); border-radius: .5rem; }
.said { margin: 0 0 1rem; }
.said summary { min-height: 2.75rem; padding: .6rem 0; cursor: pointer; color: var(--accent-dark); }
.card .note { margin: 0; padding: .3rem 1rem 0; }
.aside { display: inline-block; margin-left: .35em; color: var(--soft); font-size: .88rem; }
.card { margin: 1rem 0 0; border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; }
.card .facts { margin: 0; padding: .55rem 1rem .65rem; }
.card h2 { margin: 0; padding: .8rem 1rem 0; font-size: .92rem; font-weight: 600; color: var(--soft); }
.warning, .verified, .alert { margin: 1rem 0; padding: .8rem 1rem; border-radius: .6rem; border-left: .35rem solid; }
.warning { color: var(--warn); background: var(--warn-ground); }
.verified { color: var(--good); background: var(--good-ground); }
:is(.warning, .verified) p { margin: .1rem 0 0; color: var(--ink); font-size: .95rem; }
.card :is(.warning, .verified) { margin: 0; border-radius: 0; }
.fixed { margin-top: .55rem; padding: .75rem .95rem; border: 1px dashed #7d8d96; border-radius: .6rem; }
.fixed div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.fixed em { font-style: normal; font-size: .88rem; color: var(--soft); }
.fixed p { margin: .1rem 0 0; color: var(--soft); font-size: .9rem; }
.sensitive { padding: 1.1rem 1.1rem 1.2rem; background: var(--ground); border-radius: .8rem; }
.sensitive legend { float: left; width: 100%; }
.sensitive legend + * { clear: both; }
.sensitive .choice { background: var(--paper); }
.alert { color: var(--bad); background: var(--bad-ground); font-weight: 600; }
section:not(.card, .part, .step) { margin-top: 1.75rem; padding: .9rem 1rem; background: var(--tint); border-radius: .6rem; }
section p { margin: 0; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
.actions.quiet { margin-top: .75rem; }
button, .button {
  flex: 1 1 12rem;
  min-height: 3rem;
  padding: .6rem 1.2rem;
  font: inherit;
  font-weight: 600;
  border-radius: .6rem;
  border: 2px solid var(--accent);
  cursor: pointer;
}
.button { display: block; text-align: center; text-decoration: none; line-height: 1.5; }
.or { display: flex; align-items: center; gap: .8rem; margin: 1.5rem 0; color: var(--soft); }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.code { font-size: 1.3rem; letter-spacing: .12em; }
.qr { max-width: 13rem; margin: .75rem 0; border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; }
.qr.large { max-width: 22rem; }
.long { overflow-wrap: anywhere; font-size: .85rem; }
.field select { width: 100%; min-height: 3rem; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid #6b7b85; border-radius: .5rem; }
.qr svg { display: block; width: 100%; height: auto; }
.codes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(10rem, 100%), 1fr)); gap: .3rem .8rem; margin: .75rem 0 0; padding: .8rem 1rem; list-style: none; background: var(--tint); border-radius: .6rem; }
.codes li { min-width: 0; }
.codes code { font-size: 1rem; letter-spacing: .04em; }
.part { margin-top: 2rem; }
.part .button { display: inline-block; min-height: 2.75rem; }
.part > p { margin-bottom: .8rem; }
.logins { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.logins li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .4rem 1rem; padding: .7rem 0; border-bottom: 1px solid var(--line); }
.logins strong, .logins div span { display: block; }
.logins div span { color: var(--soft); font-size: .92rem; }
.step { margin-top: 1.75rem; }
.done { margin: 1rem 0; padding: .8rem 1rem; border-radius: .6rem; border-left: .35rem solid; color: var(--accent-dark); background: var(--tint); font-weight: 600; }
.primary { background: var(--accent); color: #fff; }
.primary:hover { background: var(--accent-dark); border-color: var(--accent-dark); }
.secondary { background: var(--paper); color: var(--accent-dark); border-color: #7d8d96; }
.secondary:hover { background: var(--ground); }
.quiet button { border-color: transparent; text-decoration: underline; text-underline-offset: .2em; }
:focus-visible { outline: .2rem solid #b45309; outline-offset: .15rem; }
code { font-size: .9em; }
.button {
  display: inline-block;
  flex: 1 1 12rem;
  padding: .6rem 1.2rem;
  min-height: 3rem;
  text-align: center;
  text-decoration: none;
  font-weight: 600;
  color: var(--accent-dark);
  background: var(--paper);
  border: 2px solid #7d8d96;
  border-radius: .6rem;
}
.button:hover { background: var(--ground); }
.button.primary { color: #fff; background: var(--accent); border-color: var(--accent); }
.button.primary:hover { background: var(--accent-dark); }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .5rem 1.5rem;
  margin: -.75rem 0 1.5rem; padding-bottom: .75rem; border-bottom: 1px solid var(--line); font-size: .92rem; }
.bar ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
.bar a { display: inline-block; padding: .5rem 0; color: var(--accent-dark); text-underline-offset: .25em; }
.bar a[aria-current] { font-weight: 700; text-decoration-thickness: .15rem; }
.bar form { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; color: var(--soft); }
.plain { flex: 0 1 auto; min-height: 2.5rem; padding: .3rem .9rem; border-width: 1px; border-color: #7d8d96; background: var(--paper); color: var(--accent-dark); }
.plain:hover { background: var(--ground); }
.group { margin: 1.75rem 0 .6rem; }
.apps { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: .8rem; }
.app { display: flex; flex-direction: column; align-items: flex-start; padding: 1.1rem 1.2rem 1.2rem; border: 1px solid var(--line); border-radius: .8rem; }
.app > :is(h2, h3), .app > .titled :is(h2, h3) { margin: 0 0 .3rem; font-size: 1.15rem; font-weight: 700; line-height: 1.3; color: inherit; }
.app .facts { flex: 1; align-self: stretch; margin: .8rem 0 1rem; padding-top: .5rem; font-size: .95rem; border-top: 1px solid var(--line); }
.app .facts dt { flex-basis: 5.5rem; line-height: 1.45; }
.app .facts dd { flex-basis: 9rem; line-height: 1.45; }
.facts.answers dt { flex-basis: 100%; }
fieldset + .field { margin-top: 1.1rem; }
.app .button { flex: none; }
.app .button + a { margin-top: .7rem; padding: .2rem 0; }
.unread { align-self: stretch; margin: 0 0 1rem; padding: .8rem 1rem; border-radius: .6rem; background: var(--ground); font-size: .95rem; }
.unread p { margin: 0; }
.unread ul { margin: .3rem 0; padding-left: 1.1rem; }
.unread button { margin-top: .6rem; }
.facts ul { margin: 0; padding-left: 1.1rem; }
.facts li + li { margin-top: .1rem; }
.tag { display: inline-block; padding: .1rem .7rem; border-radius: 1rem; font-size: .85rem; font-weight: 600; color: var(--warn); background: var(--warn-ground); }
.tag.good { color: var(--accent-dark); background: var(--tint); }
.done { margin: 1rem 0; padding: .8rem 1rem; border-radius: .6rem; border-left: .35rem solid var(--accent); background: var(--tint); font-weight: 600; }
.empty { padding: 2rem 1rem; text-align: center; color: var(--soft); background: var(--ground); border-radius: .8rem; }
.past { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.past li { padding: .7rem 0; border-bottom: 1px solid var(--line); }
.past strong, .past span { display: block; }
.past span { color: var(--soft); font-size: .92rem; }
.people, .months { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.people > *, .months > * { padding: .3rem 0; }
.people [aria-current], .months [aria-current] { font-weight: 700; }
.months { justify-content: space-between; align-items: baseline; margin: 1.5rem 0 .5rem; }
.bars { margin: 0 0 1.75rem; padding: .9rem 1rem .8rem; border: 1px solid var(--line); border-radius: .8rem; }
.bars figcaption { margin-bottom: .5rem; font-weight: 600; }
.bars svg { display: block; width: 100%; height: 8rem; border-bottom: 2px solid var(--line); }
.bars .given { fill: var(--accent); }
.bars .refused { fill: #b45309; }
.bars .top { color: var(--soft); font-size: .85rem; }
.bars .ends { display: flex; flex-wrap: wrap; gap: 0 .75rem; color: var(--soft); font-size: .85rem; }
.bars .ends span:last-child { margin-left: auto; text-align: right; }
.bars .legend { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; margin: .4rem 0 0; padding: 0; list-style: none; font-size: .9rem; }
.legend span { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: .2rem; background: var(--accent); }
.legend .refused { background: #b45309; }
.seen { margin: 0 0 1.5rem; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.seen > li { padding: .6rem 0; border-bottom: 1px solid var(--line-soft); }
.seen em { font-style: normal; color: var(--soft); font-size: .92rem; }
.seen ul { margin: .1rem 0 0; padding-left: 1.1rem; }
.seen .refused { color: var(--warn); font-weight: 600; }
.day { margin: 1.5rem 0 .4rem; font-size: 1rem; color: inherit; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) {
  body { min-height: 100vh; background: var(--paper); }
  header { max-width: none; padding-bottom: 1.75rem; background: var(--ground); }
  .wide header { max-width: none; }
  .facts dt { flex-basis: 100%; font-size: .92rem; }
  :is(.choices, .stack) { gap: 0; border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; }
  :is(.choices, .stack) .choice { border-width: 0; border-radius: 0; }
  :is(.choices, .stack) .choice + .choice { border-top: 1px solid var(--line); }
  .choice :focus-visible { outline-offset: 0; }
  .choice button:focus-visible { outline-offset: -.2rem; }
  .choice input { margin: .8rem .1rem .8rem .8rem; }
  .choice label { padding: .6rem .8rem .65rem .6rem; }
  .choice button { padding: .6rem .8rem .65rem; }
  .sensitive { margin-inline: -.35rem; padding: 1rem .8rem; }
  main { position: relative; max-width: none; margin: -1rem 0 0; padding: 1.4rem 1.1rem 2rem; border-width: 1px 0 0; border-radius: 1rem 1rem 0 0; box-shadow: none; }
  h1 { font-size: 1.4rem; }
}
@media (max-width: 18rem) {
  header { padding: 1rem .6rem 1.5rem; }
  main { padding: 1rem .5rem 1.5rem; }
  h1 { font-size: 1.2rem; }
  .choice button { display: block; padding: .5rem .25rem; }
  .choice .box { float: left; width: 1.1rem; height: 1.1rem; margin-right: .25rem; font-size: .8rem; line-height: .9rem; }
  .choice strong { font-size: .85rem; }
  .choice label { padding: .5rem .4rem; }
  .sensitive { margin-inline: 0; padding: .5rem 0; background: none; }
  button, .button { padding-inline: .5rem; }
  .app { padding: .7rem .6rem .8rem; }
  .bars { padding-inline: .6rem; }
  .facts ul { padding-left: .8rem; }
  .tag { padding-inline: .4rem; }
  section:not(.card, .part, .step), :is(.alert, .done, .warning, .verified) { padding-inline: .5rem; }
}
@media (forced-colors: active) { .mark { border: 2px solid; } }
@media print { :is(button:not([role]), .button, .actions, .languages) { display: none; } .choice .box { print-color-adjust: exact; -webkit-print-color-adjust: exact; } body { background: none; } main { border: 0; box-shadow: none; } }
`;
