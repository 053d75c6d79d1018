// Line charts for the sheets, drawn as SVG in the page's words.

import * as Pen from "./pen.js";
import { num } from "./reader.js";
import { svg } from "./nodes.js";

const W = 340,
  H = 190,
  LEFT = 46,
  RIGHT = 12,
  TOP = 22,
  FOOT = 34;

// Round steps that cover a range with about four lines.
function ticks(low, high) {
  const span = high - low || Math.abs(high) || 1,
    power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => span / s <= 5) || power * 10;
  const found = [];
  for (let value = Math.floor(low / step) * step; value <= high + step * 0.999; value += step) found.push(value);
  return found;
}

// lines: [{name, x: [], y: [], colour, dash?}]; marks: [{x, text}] as upright lines; points: [{x, y, text}] apart from
// the lines; dots: draw a dot at each point. The upright axis begins at nought, unless `floor` is false (heights).
function lines({ title, lines: drawn, marks = [], points = [], xText, yText, dots = false, digits = 0, floor = true }) {
  const xs = [...drawn.flatMap((line) => line.x), ...points.map((point) => point.x)],
    ys = [...drawn.flatMap((line) => line.y).filter((y) => y !== null), ...points.map((point) => point.y)];
  const scale = ticks(floor ? Math.min(0, ...ys) : Math.min(...ys), Math.max(...ys));
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)],
    [y0, y1] = [scale[0], scale[scale.length - 1]];
  const x = (value) => LEFT + ((value - x0) / (x1 - x0 || 1)) * (W - LEFT - RIGHT),
    y = (value) => H - FOOT - ((value - y0) / (y1 - y0 || 1)) * (H - FOOT - TOP);
  const chart = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": title, class: "chart" });
  for (const value of scale) {
    chart.append(svg("path", { d: `M${LEFT} ${y(value)}H${W - RIGHT}`, stroke: "#e3e6ea" }));
    chart.append(svg("text", { x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" }, num(value, digits)));
  }
  const whole = x1 - x0,
    every = Math.max(1, Math.ceil(whole / 6));
  for (let value = Math.ceil(x0); value <= x1; value += every)
    chart.append(svg("text", { x: x(value), y: H - FOOT + 15, "text-anchor": "middle" }, String(value)));
  for (const mark of marks) {
    chart.append(
      svg("path", { d: `M${x(mark.x)} ${TOP}V${H - FOOT}`, stroke: Pen.CLOSURE, "stroke-dasharray": "4 3" }),
    );
    const end = x(mark.x) > W * 0.6;
    chart.append(
      svg(
        "text",
        { x: x(mark.x) + (end ? -5 : 5), y: TOP + 10, "text-anchor": end ? "end" : "start", fill: Pen.CLOSURE },
        mark.text,
      ),
    );
  }
  for (const line of drawn) {
    const points = line.x.map((value, k) => [value, line.y[k]]).filter(([, value]) => value !== null);
    const d = points.map(([a, b], k) => `${k ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
    chart.append(
      svg("path", { d, fill: "none", stroke: line.colour, "stroke-width": 2, "stroke-dasharray": line.dash || null }),
    );
    if (dots)
      for (const [a, b] of points) chart.append(svg("circle", { cx: x(a), cy: y(b), r: 2.6, fill: line.colour }));
  }
  for (const { x: a, y: b, text } of points) {
    chart.append(svg("path", { d: `M${x(a) - 4.5} ${y(b)}h9m-4.5 -4.5v9`, stroke: Pen.INK, "stroke-width": 2.4 }));
    const end = x(a) > W * 0.6;
    const spot = { x: x(a) + (end ? -6 : 6), y: y(b) + 16, "text-anchor": end ? "end" : "start", class: "n" };
    chart.append(svg("text", spot, text));
  }
  chart.append(svg("text", { x: LEFT - 40, y: 11, class: "note" }, yText));
  chart.append(svg("text", { x: W - RIGHT, y: H - 3, "text-anchor": "end", class: "note" }, xText));
  return chart;
}

export { lines, ticks };
