// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page_style.h"

namespace contimg::report {

// Colours differ in lightness as well as in hue, so that they can be told apart by everybody and in print.
const char* const kPageStyle = R"css(
:root { color-scheme: light dark; --ground: #fcfcfb; --card: #ffffff; --ink: #1d2327; --soft: #5b666e;
  --rule: #dde2e5; --imaged: #2a78b5; --poor: #b0530a; --complete: #8fc1e3; --observed: #b9c1c7;
  --failed: #c0232c; --missing: #f3c34b; --silent: #eceff1; --clean: #1c7a43; --degraded: #9a5b00; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181b; --card: #1c2226; --ink: #e6eaec;
  --soft: #9aa7af; --rule: #333c42; --imaged: #4c9fde; --poor: #e88a3c; --complete: #2c5878;
  --observed: #626d74; --failed: #f0636b; --missing: #c9991c; --silent: #242b30; --clean: #5cc98b;
  --degraded: #eaa94a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem; max-width: 66rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 0 0 .6rem; }
h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); } code { font-size: .86em; overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 1rem 1.1rem;
  margin: 1rem 0; }
.verdict { border-left: 8px solid var(--clean); } .verdict strong { font-size: 1.5rem; color: var(--clean); }
.verdict.DEGRADED { border-left-color: var(--degraded); } .verdict.DEGRADED strong { color: var(--degraded); }
.verdict.FAILED { border-left-color: var(--failed); } .verdict.FAILED strong { color: var(--failed); }
ul { margin: .4rem 0; padding-left: 1.2rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .8rem;
  margin: .2rem 0 .8rem; }
.figures div { border-top: 2px solid var(--rule); padding-top: .3rem; }
.figures b { display: block; font-size: 1.25rem; font-weight: 600; } .figures span { color: var(--soft);
  font-size: .85rem; }
h3 + .wide { margin-top: 0; } section h2 ~ h2 { margin-top: 1.4rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; min-width: 20rem; font-size: .88rem; }
th, td { text-align: left; vertical-align: top; padding: .28rem 1.4rem .28rem 0;
  border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 500; white-space: nowrap; } td { overflow-wrap: break-word; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.w { white-space: nowrap; } td.t { min-width: 14rem; }
svg { display: block; width: 100%; height: auto; margin: .4rem 0; } svg text { fill: var(--soft);
  font-size: 12px; }
.grid { stroke: var(--rule); stroke-width: 1; } .limit { stroke: var(--degraded); stroke-width: 1.5;
  stroke-dasharray: 6 4; }
.s-imaged { fill: var(--imaged); } .s-image-failed-its-gates { fill: var(--poor); }
.s-converted { fill: var(--complete); } .s-not-converted-yet { fill: var(--observed); }
.s-failed { fill: var(--failed); } .s-nothing-came { fill: var(--missing); }
.s-not-observed { fill: var(--silent); }
.error { stroke: var(--imaged); stroke-width: 1.5; }
.curve { fill: none; stroke: var(--degraded); stroke-width: 1.5; stroke-dasharray: 6 4; }
.v-PASS, .in-time { fill: var(--imaged); } .v-WARN { fill: var(--missing); stroke: var(--degraded); }
.v-FAIL, .late { fill: var(--failed); } .v-UNKNOWN { fill: var(--observed); }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .85rem; color: var(--soft); }
.key svg { display: inline-block; width: .8em; height: .8em; margin: 0 .35em 0 0; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.4rem, 1fr)); gap: .8rem; }
figure { margin: 0; } figure img { width: 100%; display: block; border-radius: 4px; }
figcaption { font-size: .8rem; color: var(--soft); }
footer { color: var(--soft); font-size: .82rem; }
@media (max-width: 40rem) { body { padding: .6rem; font-size: 14px; } section { padding: .8rem; }
  svg text { font-size: 15px; } .timeline, .chart { overflow-x: auto; }
  .timeline svg, .chart svg { min-width: 42rem; } }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 11px; }
  section { break-inside: avoid; border-radius: 0; } .wide { overflow: visible; } }
)css";

}  // namespace contimg::report
