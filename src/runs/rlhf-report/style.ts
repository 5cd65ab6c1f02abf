// The style of the report on RLHF, on top of that of all pages.

/**
 * Rarer is blue and likelier is orange: the two differ for colour-blind readers too, and tokens are mixed into the page, so
 * that one scale serves light and dark.
 */
export const rlhfStyle = `
:root{--likelier:#e8710a;--rarer:#2f7de1}
@media(prefers-color-scheme:dark){:root{--likelier:#f08a24;--rarer:#4c97f5}}
p{max-width:75ch}
a{color:inherit;text-decoration-color:var(--muted);text-underline-offset:3px}
.verdict{font-size:1.2rem;line-height:1.5;margin:1.75rem 0 2rem}
.note{color:var(--muted);font-size:.85rem;line-height:1.45;margin:.6rem 0 0}
.scroll{overflow-x:auto}
.results{font-size:.92rem;min-width:100%;margin:0}
.results thead{display:table-header-group}
.results tbody{display:table-row-group}
.results tr{display:table-row}
.results th,.results td{padding:.5rem 1.1rem .5rem 0;vertical-align:baseline;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
.results th:first-child{text-align:left}
.results th:last-child,.results td:last-child{padding-right:0}
.results thead th{font-size:.8rem}
.results tbody th{color:var(--ink);font-weight:600}
.results td b{font-weight:600}
.results td small{display:block;color:var(--muted);font-size:.78rem}
.results .sample{text-align:left;white-space:normal;min-width:min(20rem,60vw);overflow-wrap:anywhere;color:var(--muted)}
.results .sample b{font-weight:400;color:var(--ink)}
.results.samples th:nth-child(2){text-align:left}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:0 0 .8rem;font-size:.9rem;max-width:none}
.key{display:inline-flex;align-items:baseline;gap:.45rem;white-space:nowrap}
.swatch{align-self:center;width:1.1rem;height:.28rem;border-radius:2px}
.diamond{align-self:center;margin:0 .3rem 0 .2rem;width:.5rem;height:.5rem;border:1.25px solid var(--ink);transform:rotate(45deg)}
.dots{align-self:center;width:1.3rem;border-top:2px dotted var(--muted)}
.alarms{background:var(--paper);border:1px solid var(--line);border-left:4px solid var(--second);border-radius:8px;padding:1rem 1.3rem;margin-top:.8rem}
.alarms ul{margin-top:.4rem}
.alarms li{max-width:85ch;margin-top:.35rem}
.grid.two{grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));margin-top:1rem}
.grid.two svg{max-width:560px}
h3.below{margin:1.75rem 0 .3rem}
figure.square{max-width:520px}
.controls{position:sticky;top:0;z-index:1;background:var(--page);padding:.7rem 0 .6rem;margin-top:.8rem;border-bottom:1px solid var(--line)}
.runs{border:0;padding:0;margin:0 0 .6rem;display:flex;flex-wrap:wrap;gap:.4rem}
.runs[hidden],.controls[hidden]{display:none}
.runs legend{position:absolute;clip-path:inset(50%)}
.runs label{position:relative;cursor:pointer}
.runs input{position:absolute;inset:0;opacity:0;margin:0;cursor:pointer}
.runs span,.steps button{display:block;padding:.32rem .85rem;border:1px solid var(--line);border-radius:99px;background:var(--paper);font-size:.9rem}
.runs input:checked+span{border-color:var(--ink);background:var(--ink);color:var(--page)}
.runs input:focus-visible+span,.tokens span:focus-visible,.steps button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.steps{display:flex;gap:.8rem;align-items:center}
.steps button{font-family:inherit;color:inherit;min-width:6rem;cursor:pointer}
.steps input{flex:1;min-width:0;accent-color:var(--accent);height:1.8rem;cursor:pointer}
.now{margin:.35rem 0 .3rem;font-variant-numeric:tabular-nums}
.now span{color:var(--muted);margin-left:.4rem}
.scale{margin-top:.7rem;display:flex;gap:.6rem;align-items:center;color:var(--muted);font-size:.78rem}
.scale i{flex:0 1 12rem;height:.6rem;border-radius:99px;border:1px solid var(--line);background:linear-gradient(90deg,color-mix(in srgb,var(--rarer) 60%,var(--paper)),var(--paper),color-mix(in srgb,var(--likelier) 60%,var(--paper)))}
.texts{display:grid;gap:1rem;margin-top:1rem}
.texts article{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:.9rem 1.1rem;display:grid;grid-template-columns:1fr 1fr;gap:.4rem 2rem}
.texts h3{grid-column:1/-1;font-weight:600;overflow-wrap:anywhere}
.texts h4{margin:0;color:var(--muted);font-size:.8rem;font-weight:400}
.tokens{margin:.15rem 0 .3rem;line-height:1.75;overflow-wrap:anywhere;white-space:pre-wrap}
.tokens span{border-radius:4px;padding:.08em .12em;cursor:default}
.tokens span:hover{outline:1.5px solid var(--muted)}
.up{background:color-mix(in srgb,var(--likelier) calc(var(--share)*.6),transparent)}
.down{background:color-mix(in srgb,var(--rarer) calc(var(--share)*.6),transparent)}
.worth{margin:0;color:var(--muted);font-size:.82rem;font-variant-numeric:tabular-nums}
.detail{position:sticky;bottom:0;margin:0;padding:.6rem 1rem;max-width:none;background:var(--ink);color:var(--page);border-radius:10px;font-size:.9rem;font-variant-numeric:tabular-nums;margin-top:1rem}
@media(max-width:640px){.texts article{grid-template-columns:1fr;padding:.8rem .9rem}.results{font-size:.86rem}.results th,.results td{padding-right:.8rem}.verdict{font-size:1.1rem}}
@media print{.controls,.detail{position:static}}
`;
