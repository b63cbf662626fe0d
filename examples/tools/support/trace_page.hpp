// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What every report has in common: how it looks, and how its pictures are drawn. It asks no
/// network for anything.
namespace tools {

inline constexpr const char* trace_style = R"css(
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #ffffff; --ink: #1c2330;
  --soft: #5c6675; --line: #e3e0d7; --grid: #efede6; --sent: #2b5c93; --ack: #33795a;
  --edge: #977624; --again: #b8480f; --lost: #c0261a; --beyond: #7a4fa3; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --paper: #13161b;
  --card: #1a1e25; --ink: #e8eaee; --soft: #a0a9b8; --line: #2c323c; --grid: #232831;
  --sent: #83b4e8; --ack: #79c69b; --edge: #d7bb66; --again: #f29a5c; --lost: #ff8073;
  --beyond: #c5a0ea; } }
:root[data-theme=dark] { --paper: #13161b; --card: #1a1e25; --ink: #e8eaee; --soft: #a0a9b8;
  --line: #2c323c; --grid: #232831; --sent: #83b4e8; --ack: #79c69b; --edge: #d7bb66;
  --again: #f29a5c; --lost: #ff8073; --beyond: #c5a0ea; color-scheme: dark; }
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; display: flex; gap: 24px; align-items: flex-start; }
header > div { flex: 1; min-width: 0; }
h1, h2 { font-family: Charter, "Bitstream Charter", "Source Serif 4", Georgia, serif;
  font-weight: 600; letter-spacing: -0.01em; margin: 0; }
h1 { font-size: 27px; line-height: 1.2; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin-bottom: 2px; }
p { margin: 4px 0 0; color: var(--soft); max-width: 76ch; }
.where { color: var(--soft); margin: 6px 0 0; }
.tags span { display: inline-block; border: 1px solid var(--line); border-radius: 99px;
  padding: 0 9px; margin: 8px 5px 0 0; font-size: 12px; color: var(--soft); }
button { font: inherit; font-size: 13px; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; padding: 5px 12px; white-space: nowrap;
  cursor: pointer; }
button:disabled { opacity: 0.45; cursor: default; }
button:hover { border-color: var(--soft); }
button:focus-visible, svg:focus-visible { outline: 2px solid var(--sent); outline-offset: 2px; }
button[aria-pressed=true] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px;
  background: var(--line); border: 1px solid var(--line); border-radius: 12px; overflow: hidden;
  margin: 26px 0; }
.tiles div { background: var(--card); padding: 14px 18px; }
.tiles b { display: block; font-size: 24px; font-weight: 600; letter-spacing: -0.02em;
  line-height: 1.25; white-space: nowrap; }
.tiles span { font-size: 13px; color: var(--soft); display: block; }
.tiles .alarm b { color: var(--lost); }
.tiles .warn b { color: var(--again); }
.bar { display: flex; gap: 8px; align-items: center; margin: 30px 0 10px; flex-wrap: wrap;
  position: sticky; top: 0; background: var(--paper); padding: 8px 0; z-index: 2; }
.bar .hint { color: var(--soft); font-size: 13px; margin-left: auto; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 18px 20px 14px; margin: 0 0 18px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 0 18px; }
svg { display: block; width: 100%; margin-top: 8px; touch-action: pan-y; overflow: visible; }
svg text { fill: var(--soft); font-size: 12px; }
svg .title { fill: var(--ink); }
svg .over { stroke: var(--card); stroke-width: 4; paint-order: stroke; }
.chart { cursor: crosshair; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--soft);
  margin-top: 6px; }
.legend[hidden] { display: none; }
.legend svg { display: inline-block; width: 22px; height: 12px; margin: 0 6px 0 0;
  vertical-align: -1px; }
.legend b { color: var(--ink); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 10px; font-size: 14px; }
th, td { text-align: right; padding: 5px 0 5px 18px; border-bottom: 1px solid var(--grid);
  white-space: nowrap; }
th { font-weight: 500; color: var(--soft); font-size: 13px; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 400; color: var(--ink); font-size: 14px; }
tr:last-child th, tr:last-child td { border-bottom: 0; }
#tip { position: fixed; pointer-events: none; background: var(--ink); color: var(--paper);
  padding: 7px 11px; border-radius: 8px; font-size: 13px; line-height: 1.4; white-space: pre;
  z-index: 9; visibility: hidden; box-shadow: 0 4px 18px #0003; }
footer { color: var(--soft); font-size: 13px; padding-bottom: 40px; }
code { font: 13px ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; }
@media print { .bar, #theme { display: none; } section { break-inside: avoid; } }
)css";

inline constexpr const char* trace_script = R"js(
'use strict';
(() => {
const root = document.documentElement;
window.addEventListener('error', e => { root.dataset.error = e.message; });
const trace = JSON.parse(document.getElementById('trace').textContent);
const view = {side: trace.main, from: 0, to: trace.end, mark: null};
const byId = id => document.getElementById(id);
const make = (parent, name, attributes = {}, text) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return parent.appendChild(node);
};

// ---- numbers for people

const trim = (value, digits) => String(Number(value.toFixed(digits)));
const unitOf = span => span >= 1500 ? [1000, 's'] : span >= 1.5 ? [1, 'ms'] : [0.001, 'µs'];
const time = ms => {
  const [size, name] = unitOf(Math.abs(ms));
  const value = ms / size;
  return trim(value, Math.abs(value) < 10 ? 3 : Math.abs(value) < 100 ? 2 : 1) + ' ' + name;
};
const steps = (low, high, count, least = 0) => {
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(least, [1, 2, 5, 10].map(n => n * power).find(n => n >= rough));
  const found = [];
  let i = Math.ceil(low / step - 1e-9) || 0;  // where times are very long, i + 1 may be i
  for (; i * step <= high + step * 1e-9 && found.length < 99; ++i)
    found.push(i * step || 0);
  return found;
};
const label = (value, ticks) => {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits})
    .replace(/,/g, '\u2009');
};

// ---- one chart: axes, then what `draw` adds; `points` are read out

const tip = byId('tip');
const margins = {left: 58, right: 14, top: 28, bottom: 36};
const charts = [];
const frame = (chart, low, high) => {
  const svg = byId(chart.id), width = Math.max(320, svg.clientWidth || 1060);
  const height = chart.height;
  svg.replaceChildren();
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('height', height);
  if (!(high > low)) high = low + 1;
  const right = width - margins.right, bottom = height - margins.bottom;
  const scale = (right - margins.left) / (view.to - view.from || 1);
  const x = t => margins.left + (t - view.from) * scale;
  const y = v => bottom - (v - low) / (high - low) * (bottom - margins.top);
  const ys = steps(low, high, height / 55, chart.least);
  for (const v of ys) {
    make(svg, 'line', {x1: margins.left, x2: right, y1: y(v), y2: y(v), stroke: 'var(--grid)'});
    make(svg, 'text', {x: margins.left - 9, y: y(v) + 4, 'text-anchor': 'end'}, label(v, ys));
  }
  const [size, unit] = unitOf(view.to - view.from);
  const xs = steps(view.from / size, view.to / size, width / 110);
  for (const t of xs)
    make(svg, 'text', {x: x(t * size), y: bottom + 18, 'text-anchor': 'middle'}, label(t, xs));
  make(svg, 'line', {x1: margins.left, x2: right, y1: bottom, y2: bottom, stroke: 'var(--line)'});
  make(svg, 'text', {x: right, y: height - 2, 'text-anchor': 'end'}, `time in ${unit}`);
  make(svg, 'text', {x: 0, y: 12, class: 'title'}, chart.axis);
  const clip = make(make(svg, 'clipPath', {id: chart.id + '-clip'}), 'rect', {x: margins.left - 5,
    y: margins.top - 6, width: right - margins.left + 10, height: bottom - margins.top + 12});
  const inside = make(svg, 'g', {'clip-path': `url(#${chart.id}-clip)`});
  return {svg, inside, x, y, right, bottom, height};
};
const visible = list => list.filter(p => p[0] >= view.from && p[0] <= view.to);
const extent = lists => {
  let low = Infinity, high = -Infinity;
  for (const list of lists)
    for (const p of visible(list)) { low = Math.min(low, p[1]); high = Math.max(high, p[1]); }
  return low <= high ? [low, high] : [0, 1];
};
const stairs = (plot, list, color, width = 1.6, dashes = '') => {
  if (!list.length) return;
  let d = '';
  for (const [t, v] of list)
    d += d ? `H${plot.x(t).toFixed(1)}V${plot.y(v).toFixed(1)}`
           : `M${plot.x(t).toFixed(1)} ${plot.y(v).toFixed(1)}`;
  make(plot.inside, 'path', {d: d + `H${plot.x(trace.end).toFixed(1)}`, fill: 'none',
    stroke: `var(--${color})`, 'stroke-width': width, 'stroke-dasharray': dashes,
    'stroke-linejoin': 'round'});
};
const shapes = {
  dot: (x, y) => `M${x - 2} ${y}a2 2 0 1 0 4 0a2 2 0 1 0-4 0`,
  diamond: (x, y) => `M${x} ${y - 5}l5 5l-5 5l-5-5z`,
  cross: (x, y) => `M${x - 4.5} ${y - 4.5}l9 9m0-9l-9 9`,
  tick: (x, y) => `M${x} ${y - 4}v8`,
};
const marks = (plot, list, shape, color, solid) => {
  const d = visible(list).map(p => shapes[shape](+plot.x(p[0]).toFixed(1),
    +plot.y(p[1]).toFixed(1))).join('');
  if (d) make(plot.inside, 'path', {d, fill: solid ? `var(--${color})` : 'none',
    stroke: solid ? 'none' : `var(--${color})`, 'stroke-width': 1.8, 'stroke-linecap': 'round'});
};
const last = (list, t) => {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = low + high >> 1;
    list[middle][0] <= t ? low = middle + 1 : high = middle;
  }
  return low ? list[low - 1] : null;
};

// ---- the three charts

const kinds = {d: 'message segment', n: 'NUL', s: 'SYN'};
const story = s => kinds[s[4]] + ' ' + s[1] + (s[3] && s[4] === 'd' ? ` · ${s[3]} octets` : '') +
  (s[2] & 1 ? '\nsent again' : '') + (s[2] & 2 ? '\nlost on the way' : '');
charts.push({id: 'sequence', height: 400, axis: 'number', least: 1, draw(way) {
  let [low, high] = extent([way.sent, way.acks]);
  const edge = extent([way.edges])[1];
  if (edge <= high + (high - low) * 0.6) high = Math.max(high, edge);
  const room = Math.max(1, (high - low) * 0.04);
  const plot = frame(this, Math.max(0, low - room), high + room);
  stairs(plot, way.edges, 'edge', 1.4, '5 3');
  stairs(plot, way.acks, 'ack');
  marks(plot, way.beyond, 'tick', 'beyond');
  const plain = way.sent.filter(s => !s[2]), again = way.sent.filter(s => s[2] & 1);
  const lost = way.sent.filter(s => s[2] & 2);
  marks(plot, plain, 'dot', 'sent', true);
  marks(plot, again, 'diamond', 'again');
  marks(plot, lost, 'cross', 'lost');
  byId(this.id).dataset.again = again.length;
  byId(this.id).dataset.lost = lost.length;
  plot.points = way.sent.map(s => [s[0], s[1], story(s)])
    .concat(way.beyond.map(p => [p[0], p[1], `${p[1]} confirmed out of order`]));
  return plot;
}});
charts.push({id: 'times', height: 250, axis: 'milliseconds', draw(way) {
  const high = Math.max(extent([way.rtt])[1], extent([way.rto])[1]);
  const plot = frame(this, 0, high * 1.06);
  stairs(plot, way.rto, 'again', 1.4, '5 3');
  marks(plot, way.rtt, 'dot', 'sent', true);
  plot.points = way.rtt.map(p => {
    const rto = last(way.rto, p[0]);
    return [p[0], p[1], `round trip ${time(p[1])}` + (rto ? `\ntime-out ${time(rto[1])}` : '')];
  });
  return plot;
}});
charts.push({id: 'window', height: 250, axis: 'segments', least: 1, draw(way) {
  const high = Math.max(extent([way.flight])[1], extent([way.window])[1]);
  const plot = frame(this, 0, high * 1.06);
  stairs(plot, way.window, 'edge', 1.4, '5 3');
  stairs(plot, way.flight, 'sent');
  plot.points = way.flight.map(p => {
    const most = last(way.window, p[0]);
    return [p[0], p[1], `${p[1]} in flight` + (most ? `\n${most[1]} allowed` : '')];
  });
  return plot;
}});

// ---- reading out, by pointer and by keys

const show = (plot, point, at) => {
  hide();
  for (const c of charts) {
    const x = c.plot.x(point[0]);
    c.cursor = make(c.plot.svg, 'line', {x1: x, x2: x, y1: margins.top, y2: c.plot.bottom,
      stroke: 'var(--soft)', 'stroke-dasharray': '2 3', 'pointer-events': 'none'});
  }
  plot.ring = make(plot.svg, 'circle', {cx: plot.x(point[0]), cy: plot.y(point[1]), r: 6.5,
    fill: 'none', stroke: 'var(--ink)', 'stroke-width': 1.5, 'pointer-events': 'none'});
  view.mark = plot;
  tip.textContent = `${time(point[0])}\n${point[2]}`;
  const box = plot.svg.getBoundingClientRect(), scale = box.width / plot.svg.viewBox.baseVal.width;
  const x = at ? at.clientX : box.left + plot.x(point[0]) * scale;
  const y = at ? at.clientY : box.top + plot.y(point[1]) * scale;
  tip.style.left = Math.max(4, Math.min(x + 16, innerWidth - tip.offsetWidth - 8)) + 'px';
  tip.style.top = Math.max(4, y - tip.offsetHeight - 14) + 'px';
  tip.style.visibility = 'visible';
};
const hide = () => {
  tip.style.visibility = 'hidden';
  for (const c of charts) { if (c.cursor) c.cursor.remove(); c.cursor = null; }
  if (view.mark && view.mark.ring) view.mark.ring.remove();
  view.mark = null;
};
const place = (chart, event) => {
  const box = chart.plot.svg.getBoundingClientRect();
  const scale = chart.plot.svg.viewBox.baseVal.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
};
const moment = (plot, x) => view.from + (x - margins.left) / (plot.right - margins.left) *
  (view.to - view.from);
const nearest = (chart, event) => {
  const [x, y] = place(chart, event);
  let best = null, least = 60 * 60;
  for (const p of chart.plot.points) {
    const dx = chart.plot.x(p[0]) - x, dy = (chart.plot.y(p[1]) - y) / 2;
    if (dx * dx + dy * dy < least) { least = dx * dx + dy * dy; best = p; }
  }
  return best;
};
const listen = chart => {
  const svg = byId(chart.id);
  let start = null, band = null;
  svg.addEventListener('pointerdown', e => { start = place(chart, e)[0]; });
  svg.addEventListener('pointermove', e => {
    const x = place(chart, e)[0];
    if (band) band.remove();
    band = null;
    if (start !== null && Math.abs(x - start) > 4) {
      hide();
      band = make(svg, 'rect', {x: Math.min(x, start), width: Math.abs(x - start),
        y: margins.top, height: chart.plot.bottom - margins.top, fill: 'var(--sent)',
        opacity: 0.15});
      return;
    }
    const point = nearest(chart, e);
    point ? show(chart.plot, point, e) : hide();
  });
  svg.addEventListener('pointerleave', hide);
  window.addEventListener('pointerup', e => {
    if (start !== null && band) {
      const ends = [moment(chart.plot, start), moment(chart.plot, place(chart, e)[0])];
      ends.sort((a, b) => a - b);
      if (ends[1] > ends[0]) zoom(Math.max(0, ends[0]), Math.min(trace.end, ends[1]));
    }
    start = band = null;
  });
  svg.addEventListener('dblclick', () => zoom(0, trace.end));
  svg.addEventListener('keydown', e => {
    if (e.key === 'Escape') return zoom(0, trace.end);
    const by = {ArrowRight: 1, ArrowLeft: -1}[e.key];
    if (!by || !chart.plot.points.length) return;
    e.preventDefault();
    const points = visible(chart.plot.points);
    chart.at = Math.max(0, Math.min(points.length - 1, (chart.at ?? -1) + by));
    if (points.length) show(chart.plot, points[chart.at]);
  });
};
const zoom = (from, to) => { view.from = from; view.to = to; draw(); };

// ---- the ladder

const ladder = () => {
  const svg = byId('ladder'), rows = [], width = Math.max(320, svg.clientWidth || 1060);
  trace.ladder.forEach((f, i) => {
    rows.push({t: f[0], i});
    if (f[3] !== null) rows.push({t: f[3], i, end: true});
  });
  rows.sort((a, b) => a.t - b.t || a.i - b.i);
  const wide = width > 700, step = 17, top = 46;
  const left = wide ? 236 : 84, right = width - left, height = top + rows.length * step + 14;
  svg.replaceChildren();
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('height', height);
  [left, right].forEach((x, side) => {
    make(svg, 'text', {x: x + (side ? 12 : -12) * wide, y: 20, class: 'title',
      'text-anchor': wide === !side ? 'end' : 'start'}, trace.names[side]);
    make(svg, 'line', {x1: x, x2: x, y1: 28, y2: height - 6, stroke: 'var(--line)',
      'stroke-width': 2});
  });
  const at = trace.ladder.map(() => [0, null]);
  rows.forEach((r, n) => { at[r.i][r.end ? 1 : 0] = top + n * step; });
  trace.ladder.forEach((f, i) => {
    const [t, side, text, arrival, fate, again] = f, from = side ? right : left;
    const reach = fate ? 0.62 : 1, y1 = at[i][0], y2 = at[i][1] ?? y1 + (fate ? 8 : 0);
    const to = from + (side ? left - right : right - left) * reach;
    const color = fate ? 'lost' : again ? 'again' : side ? 'ack' : 'sent';
    const way = side ? -1 : 1, group = make(svg, 'g');
    make(group, 'title', {}, `${time(t)}  ${text}` + (fate ? `\n${fate}` : '') +
      (arrival !== null ? `\narrives at ${time(arrival)}` : ''));
    make(group, 'path', {d: `M${from} ${y1}L${to} ${y2}`, stroke: `var(--${color})`,
      'stroke-width': 1.5, fill: 'none'});
    const slope = Math.atan2(y2 - y1, to - from), tilt = slope * 180 / Math.PI;
    make(group, 'path', {d: fate ? 'M-5-5L5 5M5-5L-5 5' : 'M0 0L-8-4L-8 4z',
      transform: `translate(${to} ${y2}) rotate(${tilt})`, fill: fate ? 'none' : `var(--${color})`,
      stroke: fate ? 'var(--lost)' : 'none', 'stroke-width': 2});
    const words = make(group, 'text', {x: from - way * 12, y: y1 + 4,
      'text-anchor': side ? 'start' : 'end'});
    const parts = [[time(t), 'soft'], [text.split(' · ACK')[0] + (again ? ' again' : ''),
      fate ? 'lost' : again ? 'again' : 'ink']];
    if (!wide) parts.pop();
    (side ? parts : parts.reverse()).forEach(([part, ink], n) =>
      make(words, 'tspan', {dx: n ? 12 : 0, style: `fill:var(--${ink})`}, part));
    if (fate) make(group, 'text', {x: to + way * 12, y: y2 + 4,
      'text-anchor': side ? 'end' : 'start', class: 'over', style: 'fill:var(--lost)'}, fate);
  });
  svg.dataset.frames = trace.ladder.length;
};

// ---- all of it

const draw = () => {
  hide();
  for (const c of charts) c.plot = c.draw(trace.ways[view.side]);
  for (const b of document.querySelectorAll('[data-side]'))
    b.setAttribute('aria-pressed', String(+b.dataset.side === view.side));
  for (const l of document.querySelectorAll('[data-counts]'))
    l.hidden = +l.dataset.counts !== view.side;
  byId('whole').disabled = view.from === 0 && view.to === trace.end;
};
const theme = wanted => {
  if (wanted === 'auto') delete root.dataset.theme;
  else root.dataset.theme = wanted;
  byId('theme').textContent = {auto: 'Theme: as the system', light: 'Theme: light',
    dark: 'Theme: dark'}[wanted];
  byId('theme').dataset.is = wanted;
  try { localStorage.setItem('rrdp-theme', wanted); } catch (e) { /* not for files */ }
};
let wanted = location.hash.slice(1);
try { wanted = wanted || localStorage.getItem('rrdp-theme'); } catch (e) { /* not for files */ }
theme(['light', 'dark'].includes(wanted) ? wanted : 'auto');
byId('theme').addEventListener('click', () =>
  theme({auto: 'light', light: 'dark', dark: 'auto'}[byId('theme').dataset.is]));
for (const b of document.querySelectorAll('[data-side]'))
  b.addEventListener('click', () => { view.side = +b.dataset.side; draw(); });
byId('whole').addEventListener('click', () => zoom(0, trace.end));
charts.forEach(listen);
let width = 0;
new ResizeObserver(() => {
  if (width !== document.body.clientWidth) { draw(); ladder(); }
  width = document.body.clientWidth;
}).observe(document.body);
draw();
ladder();
root.dataset.ground = getComputedStyle(document.body).backgroundColor;
root.dataset.drawn = 'yes';
})();
)js";

}  // namespace tools
