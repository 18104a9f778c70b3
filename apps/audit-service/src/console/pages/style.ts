/**
 * The stylesheet of the console. Text has a contrast of at least 7:1. No information depends on colour or a script. A
 * browser makes no field for a day narrower than its text. So a narrow window with large text has no room beside it.
 */
export const STYLE = `
:root { --ink: #17252e; --soft: #4a5a64; --line: #c9d3d9; --ground: #f2f5f6; --accent: #0b5563; --warn: #7a3e00; --warn-ground: #fff4e2; --bad: #8f1d1d; --bad-ground: #fdecec; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 0 1rem 2rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1.5rem; padding: 1rem 0 .5rem; }
a { color: var(--accent); text-underline-offset: .15em; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 1rem; padding: .25rem 0 .75rem; list-style: none; border-bottom: 1px solid var(--line); }
nav a { display: inline-block; padding: .4rem 0; }
nav [aria-current] { font-weight: 700; text-decoration-thickness: .15rem; }
main { padding: 1.5rem; background: #fff; border: 1px solid var(--line); border-radius: .8rem; }
footer { padding: .75rem .25rem; color: var(--soft); font-size: .9rem; }
h1 { margin: 0 0 .75rem; font-size: 1.45rem; line-height: 1.25; }
h2 { margin: 1.75rem 0 .4rem; font-size: 1.1rem; }
p { margin: 0 0 .8rem; }
.hint { color: var(--soft); font-size: .92rem; }
:is(.alert, .warning) { margin: 1rem 0; }
.table + p { margin-top: .7rem; }
form + p { margin-top: 1rem; }
.alert { padding: .7rem 1rem; color: var(--bad); background: var(--bad-ground); border-left: .35rem solid; border-radius: .4rem; font-weight: 600; }
.warning { padding: .7rem 1rem; color: var(--warn); background: var(--warn-ground); border-left: .35rem solid; border-radius: .4rem; }
form { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .6rem 1rem; padding: .9rem 1rem 1rem; background: var(--ground); border-radius: .6rem; }
.field { display: grid; flex: 1 1 10rem; gap: .2rem; }
form:has(.problem) .field { align-self: flex-start; }
label { font-size: .9rem; font-weight: 600; }
[aria-invalid] { border: 2px solid var(--bad); }
.problem { margin: 0; color: var(--bad); font-size: .9rem; font-weight: 600; }
.alert a { color: inherit; }
input { min-height: 2.6rem; width: 100%; padding: .35rem .6rem; font: inherit; font-size: 1rem; font-weight: 400; border: 1px solid #6b7b85; border-radius: .4rem; background: #fff; color: inherit; }
button { min-height: 2.6rem; padding: .35rem 1.4rem; font: inherit; font-weight: 600; color: #fff; background: var(--accent); border: 2px solid var(--accent); border-radius: .4rem; cursor: pointer; }
:focus-visible { outline: .2rem solid #b45309; outline-offset: .15rem; }
.exports { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0; padding: 0; list-style: none; }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; }
.table:focus-visible { outline-offset: 0; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; overflow-wrap: normal; }
th, td { padding: .45rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid #dfe6ea; }
th { color: var(--soft); background: var(--ground); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.number { font-variant-numeric: tabular-nums; }
td:first-child { min-width: 7.5rem; }
td:has(code) { min-width: 8.5rem; }
td code { font-size: .88em; overflow-wrap: anywhere; }
td .refused { color: var(--warn); font-weight: 600; }
.empty { padding: 1.5rem 1rem; text-align: center; color: var(--soft); background: var(--ground); border-radius: .6rem; }
.bars { margin: 1.25rem 0; padding: .9rem 1rem .8rem; border: 1px solid var(--line); border-radius: .8rem; }
.bars figcaption { margin-bottom: .5rem; font-weight: 600; }
.bars svg { display: block; width: 100%; height: 9rem; border-bottom: 2px solid var(--line); }
.bars .given { fill: var(--accent); }
.bars .refused { fill: #b45309; }
.bars .top, .bars .ends { color: var(--soft); font-size: .85rem; }
.bars .ends { display: flex; justify-content: space-between; }
.bars .legend { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; margin: .4rem 0 0; padding: 0; list-style: none; font-size: .9rem; }
.legend span { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: .2rem; background: var(--accent); }
.legend .refused { background: #b45309; }
@media (max-width: 40rem) { main { padding: 1.1rem .9rem; } }
@media (max-width: 16rem) {
  body { padding: 0; }
  :is(header, nav, footer) { padding-inline: .25rem; }
  main { padding-inline: .25rem; border-inline: 0; }
  form { padding: 0; background: none; }
  input { padding-inline: .25rem; }
}
@media print { :is(nav, form, button, .exports) { display: none; } }
`;
