/** Light, dark and paper. Colours that charts need are variables, which the script reads. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b1f24; --muted: #5b6570; --line: #d9dee4;
  --grid: #e6eaee; --control: #8a949f; --stripe: #f4f6f8; --selected: #dbe8fb; --link: #0b5cad;
  --pass: #1a7f37; --fail: #c2261d; --unknown: #8a5a00;
  --attempts: #c2410c; --attempts-fill: #c2410c22; --welcomes: #0f766e;
  --connected: #1d5fc4; --connected-fill: #1d5fc422; --fault: #a21caf; --fault-fill: #a21caf14; --dial: #6b7280;
  --failed: #c2261d; --bar: #7aa7e0;
  --end-connected: #0f8a7e; --end-orderly: #5b8fd6; --end-dropped: #d1401f; --end-told: #b57d00;
  --end-other: #7c4dbd; --end-untold: #6b7280;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161b22; --text: #e6eaf0; --muted: #98a3b0; --line: #2c333c;
    --grid: #262d36; --control: #6b7683; --stripe: #1b212a; --selected: #22395c; --link: #79b4ff;
    --pass: #4ac26b; --fail: #ff7b72; --unknown: #e3b341;
    --attempts: #fb923c; --attempts-fill: #fb923c26; --welcomes: #2dd4bf;
    --connected: #6ea8fe; --connected-fill: #6ea8fe26; --fault: #e879f9; --fault-fill: #e879f91f; --dial: #8b949e;
    --failed: #ff7b72; --bar: #3f6fae;
    --end-connected: #2bb3a5; --end-orderly: #5b8fd6; --end-dropped: #ff6b4a; --end-told: #e3b341;
    --end-other: #b18cf0; --end-untold: #8b949e;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { margin: 0; font-size: 24px; line-height: 1.3; overflow-wrap: anywhere; }
h2 { margin: 36px 0 10px; font-size: 17px; }
h3 { margin: 0; font-size: 13px; font-weight: 600; }
p { margin: 4px 0; }
code, .id { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12px; }
code { overflow-wrap: anywhere; }
.muted, .hint { color: var(--muted); }
.headline { margin: 6px 0 0; font-size: 15px; }
.verdict { display: inline-block; margin-right: 6px; padding: 1px 12px; border: 2px solid;
  border-radius: 999px; font-size: 18px; }
.pass { color: var(--pass); } .fail { color: var(--fail); } .unknown { color: var(--unknown); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 10px;
  margin: 18px 0 12px; }
.cards > div { padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.cards dt, .note { color: var(--muted); font-size: 12px; }
.cards dd { margin: 0; overflow-wrap: anywhere; }
.cards .value { font-size: 24px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.unit { font-size: 14px; font-weight: 400; color: var(--muted); }
.facts { display: flex; flex-wrap: wrap; gap: 2px 20px; margin: 0 0 4px; font-size: 12px; color: var(--muted); }
.facts dt, .facts dd { display: inline; margin: 0; overflow-wrap: anywhere; }
.facts dd { color: var(--text); }
.replay { font-size: 12px; color: var(--muted); } .replay code { color: var(--text); }
.bounds { display: flex; flex-wrap: wrap; gap: 2px 28px; margin: 14px 0 0; padding: 0; list-style: none;
  font-variant-numeric: tabular-nums; }
button { font: inherit; color: inherit; cursor: pointer; }
.more, .button, .toolbar select, .toolbar input { padding: 4px 10px; color: var(--text);
  background: var(--card); border: 1px solid var(--control); border-radius: 6px; font: inherit; min-height: 30px; min-width: 30px; }
.button:disabled { color: var(--muted); cursor: default; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.findings { margin: 0; padding: 0; list-style: none; }
.findings > li { margin: 8px 0; padding: 8px 14px 10px; background: var(--card); border: 1px solid var(--line);
  border-left: 4px solid var(--fail); border-radius: 6px; }
.cause { margin: 14px 0 22px; } .cause h3 { font-size: 15px; }
.lines { margin: 4px 0 0; padding: 0; list-style: none; }
.lines li { display: grid; grid-template-columns: 130px minmax(0, 1fr); gap: 0 10px; margin: 3px 0; line-height: 1.4; }
.lines .place { padding-top: 4px; } .lines .place:only-child { grid-column: 1 / -1; }
.lines code { word-break: break-all; padding: 4px 8px; background: var(--stripe); border-radius: 4px; }
.place { color: var(--muted); font-size: 12px; overflow-wrap: anywhere; }
.beside { margin-top: 10px; color: var(--muted); font-size: 12px; }
.findings > .expected { border-left-color: var(--line); }
#doubts .findings > li, #observations .findings > li { border-left-color: var(--unknown); }
.finding-head { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; }
.code { font-weight: 600; color: var(--fail); } .expected .code { color: var(--muted); }
.doubt { color: var(--unknown); }
.link { min-height: 24px; padding: 0; border: 0; background: none; color: var(--link); text-align: left;
  text-decoration: underline; overflow-wrap: anywhere; }
.proven { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; }
.proven code { color: var(--muted); }
.chart { margin: 14px 0; }
.chart-head { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; min-height: 22px; }
.reading { color: var(--muted); font-variant-numeric: tabular-nums; }
.key { display: inline-flex; gap: 6px; align-items: center; font-size: 12px; color: var(--muted); }
.key i { width: 20px; border-top: 3px solid var(--attempts); }
.key.welcomes i { border-top: 3px dashed var(--welcomes); }
.key.connected i { border-top-color: var(--connected); }
.plot { overflow: hidden; }
canvas { display: block; }
.u-select { background: color-mix(in srgb, var(--link) 18%, transparent); }
.u-cursor-x { border-right-color: var(--muted) !important; }
details { font-size: 12px; color: var(--muted); }
details table { color: var(--text); }
summary { cursor: pointer; width: max-content; max-width: 100%; min-height: 24px; padding: 3px 0; }
pre { margin: 0; padding: 12px 14px; overflow-x: auto; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.storm-bar { display: flex; flex-wrap: wrap; gap: 0 20px; align-items: center; justify-content: space-between; }
.toolbar { display: flex; margin: 6px 0; flex-wrap: wrap; gap: 8px; align-items: center; }
.toolbar input { width: min(320px, 60vw); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 4px; }
.legend .failed { color: var(--failed); } .legend .dial { color: var(--dial); letter-spacing: -1px; }
.lane-scroller { position: relative; box-sizing: content-box; overflow-y: auto; max-width: 100%; background: var(--card);
  border-block: 1px solid var(--line); scrollbar-width: thin; }
.lane-view { position: sticky; top: 0; height: 0; z-index: 1; }
.lane-labels { position: absolute; top: 0; left: 0; }
.lane-labels button { position: absolute; left: 0; display: flex; gap: 4px; align-items: center;
  height: 24px; padding: 0 2px 0 6px; border: 0; background: none; text-align: left; }
.lane-labels .id { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  font-size: 11px; }
.lane-labels [aria-pressed="true"] .id { font-weight: 700; }
.badge { color: var(--fail); font-size: 11px; font-weight: 700; }
.tip { position: fixed; z-index: 5; max-width: min(420px, 90vw); padding: 6px 10px; font-size: 12px;
  pointer-events: none; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  box-shadow: 0 4px 16px #0004; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap: 0 32px; align-items: start; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
caption { padding: 2px 0 6px; text-align: left; color: var(--muted); overflow-wrap: anywhere; }
th, td { padding: 3px 14px 3px 0; text-align: left; font-weight: 400; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
thead th { color: var(--muted); font-size: 12px; white-space: nowrap; }
thead .number { text-align: right; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tbody th { white-space: nowrap; }
.bars { width: 40%; min-width: 60px; padding-right: 0; vertical-align: middle; }
.bar { display: block; height: 12px; background: var(--bar); border-radius: 2px; }
.lane-table { margin-top: 10px; }
@media (max-width: 600px) {
  main { padding: 14px 12px 32px; }
  h1 { font-size: 20px; }
  .cards { grid-template-columns: repeat(2, 1fr); }
  .cards .value { font-size: 20px; }
  tbody th { white-space: normal; }
  .lines li, .lines code { display: block; }
}
@media print {
  :root { color-scheme: light; --page: #fff; }
  @page { margin: 14mm; }
  body { font-size: 11px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; width: 680px; padding: 0; }
  .hint, .toolbar label, .toolbar input, .toolbar, .more, .reading, .tip, details:not([open]) { display: none !important; }
  .link { color: inherit; text-decoration: none; }
  .lane-scroller { overflow: visible; }
  h2 { break-after: avoid; margin-top: 22px; }
  .chart:not(.lanes), .findings > li, tr, .cards > div { break-inside: avoid; }
  .cards > div { padding: 4px 8px; }
}
`;
