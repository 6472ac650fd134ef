/** The one style sheet. Colours are named once for light and once for dark. */
export const style = `:root {
  color-scheme: light dark;
  --ground: #f6f6f3;
  --card: #ffffff;
  --ink: #1c2128;
  --quiet: #59626f;
  --line: #dedfd9;
  --soft: #eeeeea;
  --accent: #0b5f6b;
  --accent-ink: #ffffff;
  --good: #17693b;
  --good-soft: #e2f2e7;
  --bad: #a32020;
  --bad-soft: #fbe7e5;
  --warn: #7c4a03;
  --warn-soft: #fbefd5;
  --injected: #64379f;
  --injected-soft: #efe6fa;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b;
    --card: #1c2026;
    --ink: #e7e9ec;
    --quiet: #a4adba;
    --line: #343a43;
    --soft: #262b32;
    --accent: #6fc7d3;
    --accent-ink: #08272c;
    --good: #7ed6a0;
    --good-soft: #17362a;
    --bad: #ff9d95;
    --bad-soft: #43211f;
    --warn: #f1c36d;
    --warn-soft: #3d2f14;
    --injected: #c9a9f5;
    --injected-soft: #33264a;
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", sans-serif; }
body { margin: 0; background: var(--ground); color: var(--ink); min-height: 100vh; display: flex; flex-direction: column; overflow-wrap: anywhere; word-break: keep-all; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; font-weight: 650; }
h3 { font-size: .95rem; margin: 1rem 0 .4rem; }
p { margin: .35rem 0; }
code, pre, .mono, textarea { font-family: var(--mono); font-size: .86em; }
ol, ul { list-style: none; margin: 0; padding: 0; }
[hidden] { display: none !important; }
.quiet { color: var(--quiet); font-weight: 400; }
.hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: absolute; z-index: 2; padding: .6rem 1rem; background: var(--card); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem 1.6rem; padding: .6rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
.bar nav { display: flex; flex-wrap: wrap; gap: .2rem; }
.bar nav a { padding: .3rem .7rem; border-radius: 6px; color: var(--ink); text-decoration: none; }
.bar nav a:hover { background: var(--soft); }
.bar nav a[aria-current] { background: var(--accent); color: var(--accent-ink); }
.brand { display: flex; align-items: center; gap: .5rem; font-weight: 700; color: var(--ink); text-decoration: none; }
.mark { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
.status { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-left: auto; font-size: .87rem; font-variant-numeric: tabular-nums; }
.status a { color: var(--ink); text-decoration: none; padding: .15rem 0; }
.status a:hover { text-decoration: underline; }
.clock.frozen strong { color: var(--warn); }
main { flex: 1; width: 100%; max-width: 1420px; margin: 0 auto; padding: 1.4rem 1.5rem 3rem; outline: none; }
main.alone { max-width: 30rem; padding-top: 12vh; }
footer { padding: .8rem 1.5rem; color: var(--quiet); font-size: .82rem; text-align: center; }
.head { margin-bottom: 1.1rem; position: relative; }
.follow { display: flex; align-items: center; gap: .8rem; font-size: .9rem; }
@media (min-width: 640px) { .follow { position: absolute; right: 0; top: 0; } }
#live-state::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .45em; border-radius: 50%; background: var(--quiet); }
#live-state.live::before { background: var(--good); }
#live-state.paused::before { background: var(--warn); }
#live-state.offline::before { background: var(--bad); }
#live-waiting { color: var(--warn); }
.columns { display: grid; gap: 1.4rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
@media (min-width: 980px) { .columns { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (min-width: 980px) { .columns.uneven { grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); } }
.columns + section { margin-top: 1.4rem; }
section { margin-bottom: 1.4rem; min-width: 0; }
.columns > section { margin-bottom: 0; }
.card, .refusal, .verdict, .outcome { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem; }
.note { padding: .6rem .9rem; border-radius: 8px; background: var(--soft); }
.note.good { background: var(--good-soft); color: var(--good); }
.note.bad { background: var(--bad-soft); color: var(--bad); }
.note.lost { background: var(--warn-soft); color: var(--warn); }
.note a { color: inherit; }
.empty { padding: 1.6rem; text-align: center; color: var(--quiet); border: 1px dashed var(--line); border-radius: 10px; }
.pages { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; align-items: center; }
.glance { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; margin: 0 0 1rem; }
.glance dt { font-size: .8rem; color: var(--quiet); }

button, .button { font: inherit; font-weight: 600; padding: .42rem .95rem; border: 1px solid var(--accent); border-radius: 7px; background: var(--accent); color: var(--accent-ink); cursor: pointer; text-decoration: none; display: inline-block; }
button:hover, .button:hover { filter: brightness(1.08); }
button.second, .follow button { background: transparent; color: var(--accent); }
button.quiet-button { background: transparent; color: var(--ink); border-color: var(--line); font-weight: 400; padding: .25rem .7rem; font-size: .88rem; }
button.dangerous { background: var(--bad); border-color: var(--bad); color: var(--card); }
.danger { margin-top: 1rem; border-top: 1px solid var(--line); padding-top: .8rem; }
.danger summary { color: var(--bad); }
summary { cursor: pointer; width: fit-content; padding: .15rem 0; }
form[aria-busy] { opacity: .6; }
.field { display: flex; flex-direction: column; gap: .15rem; min-width: 0; }
.field > span { font-size: .82rem; color: var(--quiet); }
input:not([type=checkbox]), select, textarea { font: inherit; color: inherit; background: var(--card); border: 1px solid #7d8794; border-radius: 6px; padding: .38rem .55rem; width: 100%; min-width: 0; }
input:not([type=checkbox]), select { min-height: 2.5rem; }
textarea { font-family: var(--mono); font-size: .86rem; line-height: 1.45; resize: vertical; }
::placeholder { color: var(--quiet); opacity: 1; }
.check { display: flex; gap: .5rem; align-items: baseline; }
.check input { accent-color: var(--accent); }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; }
.form, .words-grid { display: grid; gap: .7rem .9rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); align-items: end; }
.form.one { grid-template-columns: minmax(0, 1fr); }
.form > .words-grid, .form > fieldset, .form > .check, .form > .buttons, .form > .note { grid-column: 1 / -1; }
.form > button { justify-self: start; }
.words-grid { padding: .3rem 0; }
.filter { max-width: 76rem; display: grid; gap: .6rem .9rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); align-items: end; margin-bottom: 1rem; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .6rem 0; }
.row .field { flex: 1 1 6rem; }
fieldset.line { border: 0; border-top: 1px solid var(--line); margin: 0; padding: .3rem 0 0; display: grid; gap: .5rem .7rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 7rem), 1fr)); }
@media (min-width: 560px) { fieldset.line { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
fieldset.line legend { font-size: .82rem; padding: 0 .5rem 0 0; color: var(--quiet); }

.state { font-family: var(--mono); font-size: .76rem; font-weight: 600; padding: .1rem .45rem; border-radius: 5px; background: var(--soft); color: var(--ink); white-space: nowrap; letter-spacing: .01em; }
.state.authorized { background: var(--warn-soft); color: var(--warn); }
.state.captured { background: var(--good-soft); color: var(--good); }
.state.partially_refunded { background: var(--injected-soft); color: var(--injected); }
h1 .state { font-size: .85rem; vertical-align: middle; padding: .2rem .6rem; }
.tag { display: inline-block; font-size: .8rem; padding: .05rem .5rem; border-radius: 5px; background: var(--soft); margin: 0 .2rem .1rem 0; }
.tag small { color: var(--quiet); }
.tag.good { background: var(--good-soft); color: var(--good); }
.tag.bad { background: var(--bad-soft); color: var(--bad); }
.tag.warn { background: var(--warn-soft); color: var(--warn); }
.result { font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
.result code { font-weight: 500; margin-left: .45rem; }
.result.good { color: var(--good); }
.result.bad { color: var(--bad); }
.result.injected { color: var(--injected); }
.result.sandbox, .result.pending { color: var(--quiet); }
.received.nothing, .received.part { color: var(--bad); font-weight: 600; }
.received.complete { color: var(--quiet); }
.received.pending { color: var(--warn); }
.received small { font-weight: 400; }
.change { white-space: normal; }
code.rule { color: var(--ink); }

.calls-head { display: none; }
.calls { border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; }
.calls:empty { display: none; }
.call { display: flex; flex-wrap: wrap; gap: .15rem .9rem; padding: .5rem .9rem; border-left: 4px solid var(--line); align-items: baseline; font-size: .93rem; }
.call + .call { border-top: 1px solid var(--line); }
.call:hover, .call:focus-within { background: var(--soft); }
.call.good { border-left-color: var(--good); }
.call.bad { border-left-color: var(--bad); }
.call.injected { border-left-color: var(--injected); }
.call.pending { border-left-color: var(--warn); }
.call .time { font-family: var(--mono); font-size: .86em; }
.call .summary { flex-basis: 100%; margin: 0; color: var(--quiet); font-size: .92em; }
.call .steered:empty { display: none; }
.label { color: var(--quiet); }
@media (max-width: 979px) { .call .none { display: none; } }
@media (min-width: 980px) {
  .call .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .calls-head, .call { display: grid; grid-template-columns: 7.2rem minmax(11rem, 1.2fr) 10rem minmax(12rem, 1fr) minmax(11.5rem, 1.1fr) minmax(8rem, .7fr); gap: .1rem .9rem; }
  .calls-head { padding: 0 .9rem .3rem calc(.9rem + 5px); font-size: .8rem; color: var(--quiet); }
  .call .steered { grid-column: 2 / -1; }
  .call .summary { grid-column: 2 / -1; }
}

.refusal, .verdict { border-left: 4px solid var(--bad); margin-bottom: .8rem; }
.verdict { border-left-color: var(--line); }
.verdict.good { border-left-color: var(--good); }
.verdict.injected { border-left-color: var(--injected); }
.reason { font-size: 1.12rem; line-height: 1.45; font-weight: 600; margin-top: 0; }
.translation, .evidence, .where { font-size: .9rem; }
.evidence { border-top: 1px solid var(--line); padding-top: .55rem; margin-top: .7rem; color: var(--quiet); }
.standing { font-weight: 600; color: var(--ink); }
.standing::before { content: "● "; color: var(--good); }
.standing.assumed::before { content: "○ "; color: var(--warn); }
.standing.ours::before { content: "◆ "; color: var(--injected); }
.paper { border-collapse: collapse; margin: .7rem 0; font-family: var(--mono); font-variant-numeric: tabular-nums; }
.paper th { font-weight: 400; text-align: right; padding: .14rem 1.6rem .14rem .6rem; font-family: inherit; color: var(--quiet); }
.paper td { text-align: right; padding: .14rem .6rem; min-width: 6rem; }
.paper thead th:not(:first-child) { padding-right: .6rem; }
.paper .sum > * { border-top: 1.5px solid var(--ink); font-weight: 650; color: var(--ink); }
.paper .off > *, .paper .off { color: var(--bad); font-weight: 700; }
.signatures { margin: .7rem 0; font-size: .9rem; }
.signatures dt { color: var(--quiet); }
.signatures dd { font-family: var(--mono); font-size: .84em; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.signatures .off { color: var(--bad); font-weight: 700; }
.figures { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .93rem; }
.figures th, .figures td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.figures td:not(.text), .figures th { white-space: nowrap; }
.figures thead th { font-weight: 500; color: var(--quiet); font-size: .82rem; white-space: nowrap; }
.figures .text { text-align: left; }
.figures tbody th { font-weight: 500; }
.figures .named > * { background: var(--soft); }
.figures .over > * { background: var(--bad-soft); color: var(--bad); font-weight: 600; }
.figures .sum > * { border-bottom: 0; border-top: 1.5px solid var(--ink); font-weight: 650; }
.figures .text:has(.money) { width: 45%; }
.money { display: block; margin-top: .3rem; min-width: 5rem; }
.money .track { fill: var(--soft); stroke: var(--line); }
.money .left { fill: var(--accent); }
.scroll { overflow: auto; max-height: 32rem; }
.code { margin: 0; padding: .8rem 1rem; background: var(--soft); border-radius: 8px; white-space: pre-wrap; word-break: break-word; line-height: 1.45; }
.headers { margin: .4rem 0; }
.headers dl, .timeline dl { margin: 0; }
.headers div { display: grid; grid-template-columns: minmax(8rem, 15rem) 1fr; gap: .8rem; font-size: .88rem; padding: .15rem 0; border-bottom: 1px solid var(--line); }
.headers dt { color: var(--quiet); font-family: var(--mono); font-size: .92em; }
dd { margin: 0; }
.headers dd { font-family: var(--mono); font-size: .92em; }
.warnings li { padding: .4rem 0; border-bottom: 1px solid var(--line); font-size: .93rem; }
.warnings code { color: var(--warn); }
.copybox { position: relative; }
.copybox textarea { white-space: pre; background: var(--soft); }
.copybox button { position: absolute; right: .6rem; top: .5rem; background: var(--card); }

.orders { display: grid; gap: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1rem; }
.orders:empty { display: none; }
.orders li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .2rem 1.2rem; padding: .55rem 1rem; align-items: center; }
.orders li + li { border-top: 1px solid var(--line); }
.orders .state { justify-self: start; }
.orders .amount { font-variant-numeric: tabular-nums; text-align: right; }
@media (max-width: 759px) { .orders li > a, .orders .amount { grid-column: 1 / -1; text-align: left; } .orders li { grid-template-columns: auto minmax(0, 1fr); } }
@media (min-width: 760px) { .orders li { grid-template-columns: minmax(0, 1.2fr) 12rem minmax(0, 1fr) 15rem; } }
.chart { min-width: 660px; width: 100%; max-width: 960px; height: auto; display: block; }
.node rect { fill: var(--card); stroke: var(--quiet); }
.node text, .arrow text { fill: var(--ink); text-anchor: middle; font: 600 13px var(--mono); }
.node.present rect { fill: var(--accent); stroke: var(--accent); }
.node.present text { fill: var(--accent-ink); }
.arrow path { fill: none; stroke: var(--quiet); }
.arrow text { font: 12.5px system-ui, "Noto Sans KR", "Noto Sans CJK KR", sans-serif; fill: var(--quiet); }
.arrow.next path { stroke: var(--accent); stroke-width: 2.2; }
.arrow.next text { fill: var(--accent); font-weight: 700; }
.tip path { fill: var(--quiet); }
.tip.next path { fill: var(--accent); }
.timeline { border-left: 2px solid var(--line); margin-left: .4rem; }
.timeline li { position: relative; padding: .2rem 0 1rem 1.4rem; }
.timeline li::before { content: ""; position: absolute; left: -7px; top: .6rem; width: 12px; height: 12px; border-radius: 50%; background: var(--accent); border: 2px solid var(--ground); }
.timeline li.lost::before { background: var(--bad); }
.timeline li.retry::before { background: var(--warn); }
.timeline li.lost { border-left: 2px dashed var(--bad); margin-left: -2px; }
.timeline li.lost::before { left: -7px; }
.timeline li:target { background: var(--warn-soft); border-radius: 8px; }
.timeline dl > div { display: grid; grid-template-columns: 4.6rem 1fr; gap: .1rem .8rem; }
@media (min-width: 980px) {
  .timeline dl { display: grid; gap: 1.4rem; grid-template-columns: minmax(0, 1fr) minmax(0, 2.2fr) 9rem minmax(0, 1fr); background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem 1rem; }
  .timeline dl > div { display: block; }
}
.timeline dt { color: var(--quiet); font-size: .88rem; }
.timeline .summary { display: block; color: var(--quiet); font-size: .93em; }
.step-head { margin: 0 0 .2rem; font-variant-numeric: tabular-nums; }
.checks > li { padding: .6rem 0; border-bottom: 1px solid var(--line); }
.checks > li:last-child { border-bottom: 0; }
.checks > li:target { background: var(--warn-soft); border-radius: 8px; }
.checks p { margin: .15rem 0; }
.cancels li { padding: .25rem 0; }
.lose { margin-bottom: 1.4rem; padding: .7rem 1rem; }
.lose .armed li:last-child { border-bottom: 0; padding-bottom: 0; }
.armed li { display: grid; gap: .3rem 1rem; grid-template-columns: minmax(0, 1fr) auto auto; align-items: center; padding: .5rem 0; border-bottom: 1px solid var(--line); }
.big { font-size: 1.35rem; font-variant-numeric: tabular-nums; font-weight: 600; }
.big .tag { vertical-align: middle; font-weight: 400; }
.ways { display: flex; flex-wrap: wrap; gap: .8rem 1rem; margin-bottom: 1.2rem; align-items: stretch; }
.ways form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem; }
.ways .field { width: 8.5rem; }
.wrap { overflow-wrap: anywhere; }
@media (max-width: 560px) {
  .bar, main, footer { padding-left: .9rem; padding-right: .9rem; }
  .armed li { grid-template-columns: minmax(0, 1fr); }
  .status { margin-left: 0; }
  .card, .refusal, .verdict { padding: .8rem .9rem; }
  .paper th { padding-right: .8rem; }
  .figures th, .figures td { padding: .35rem .35rem; }
  .figures td.text { min-width: 4.4rem; }
  .figures td > .quiet:first-child { display: block; font-size: .9em; }
  .headers div { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
@media (prefers-reduced-motion: no-preference) {
  .call { animation: come .5s ease-out; }
  @keyframes come { from { background: var(--warn-soft); } }
}
@media (forced-colors: active) {
  .node.present rect { stroke-width: 3; }
}
`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0b5f6b"/><path d="M6 9h9a3.5 3.5 0 0 1 0 7H9M9 12 6 9l3-3" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
