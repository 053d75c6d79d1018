// Pupils by the minutes of their way: bars of the plan shown, dashes of what it is compared with.

import * as Logic from "../../live/web/logic.js";
import * as Gauge from "../../live/web/gauge.js";
import * as Pen from "./pen.js";
import { comparing, data, gradesShown, num, reference, referenceName, state, view, words } from "./reader.js";
import { $, el, fill, svg } from "./nodes.js";

function render() {
  if (!view().start) return fill($("histogram"));
  const band = gradesShown() ? `${gradesShown()} · ` : "";
  return fill($("histogram"), el("h2", {}, words.byTime, el("small", {}, band + words.minutes)), chart());
}

// Pupils by minutes: bars of this plan, dashes of what it is compared with; only the grades that are shown.
function chart() {
  const now = view();
  const limits = data.style.minutes.limits[state.stage],
    colours = data.style.minutes.colours;
  const mine = Gauge.histogram(now.start, now.result, limits, state.grades);
  const then = comparing() ? reference() : null;
  const before = then && then.start ? Gauge.histogram(then.start, then.result, limits, state.grades) : null;
  const top = Math.max(1, ...mine, ...(before || [])),
    width = 340,
    height = 96,
    n = limits.length + 1,
    step = width / n;
  const tallOf = (pupils) => (pupils / top) * (height - 20);
  const drawn = svg("svg", {
    viewBox: `0 0 ${width} ${height + 34}`,
    role: "img",
    class: "chart",
    "aria-label": words.byTime,
  });
  Logic.classLabels(limits).forEach((text, k) => {
    const x = k * step + 5,
      tall = tallOf(mine[k]),
      old = before ? tallOf(before[k]) : 0;
    drawn.append(svg("rect", { x, y: height - tall, width: step - 10, height: tall, fill: colours[k], stroke: "#6d5a3c", "stroke-width": 0.6 })); // prettier-ignore
    if (before)
      drawn.append(svg("path", { d: `M${x - 3} ${height - old}H${x + step - 7}`, stroke: Pen.INK, "stroke-width": 1.6, "stroke-dasharray": "4 2" })); // prettier-ignore
    // The number stands above the bar and above the dashes, so that nothing strikes it through.
    drawn.append(svg("text", { x: x + step / 2 - 5, y: height - Math.max(tall, old) - 5, "text-anchor": "middle", class: "n" }, num(mine[k]))); // prettier-ignore
    drawn.append(svg("text", { x: x + step / 2 - 5, y: height + 15, "text-anchor": "middle" }, text));
  });
  const note = `${words.pupilsByDay}${before ? ` · ${words.dashed}${words.colon}${Logic.short(referenceName(), 14)}` : ""}`;
  drawn.append(svg("text", { x: width / 2, y: height + 31, "text-anchor": "middle", class: "note" }, note));
  return drawn;
}

export { render, chart };
