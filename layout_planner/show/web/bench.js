// The workbench: what the reader has changed, the rule pupils are sent by, undo and redo, save and load, the histogram.

import * as Logic from "./logic.js";
import * as Gauge from "./gauge.js";
import * as Pen from "./pen.js";
import {
  data,
  state,
  words,
  set,
  $,
  view,
  reference,
  comparing,
  referenceName,
  editsOf,
  num,
  people,
  el,
  svg,
  pick,
} from "./reader.js";
import * as Reader from "./reader.js";
import * as Changes from "./changes.js";

let faults = [];

const button = (text, what, enabled = true, more = {}) =>
  el("button", { type: "button", disabled: !enabled, onclick: what, ...more }, text);

function render() {
  if (!Reader.base()) return $("bench").replaceChildren();
  const edits = editsOf(),
    now = view();
  const tools = el(
    "div",
    { class: "tools2", role: "toolbar", "aria-label": words.whatIf },
    button(words.undo, Changes.undo, Changes.canUndo(), { id: "undo", title: "Ctrl+Z" }),
    button(words.redo, Changes.redo, Changes.canRedo(), { id: "redo", title: "Ctrl+Y" }),
    button(words.reset, Changes.reset, Object.keys(state.edits).length > 0, { id: "reset" }),
    button(words.save, Changes.save, Object.keys(state.edits).length > 0, { id: "save" }),
    loader(),
  );
  const parts = [
    el("h2", {}, words.whatIf, el("small", {}, edits.length ? `${num(edits.length)} ${words.edits}` : "")),
    tools,
  ];
  if (edits.length) parts.push(rule(), list(edits), verdict(now));
  else parts.push(el("p", {}, words.whatIfHint));
  if (faults.length)
    parts.push(
      el(
        "div",
        { class: "faults", role: "alert" },
        words.notLoaded,
        el("ul", {}, ...faults.slice(0, 12).map((text) => el("li", {}, el("bdi", {}, text)))),
      ),
    );
  return $("bench").replaceChildren(...parts);
}

function loader() {
  const input = el("input", {
    type: "file",
    accept: ".yaml,.yml,.json",
    id: "load",
    class: "unseen",
    "aria-label": words.loadFile,
  });
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    file.text().then((text) => {
      faults = Changes.loadText(text);
      render();
    });
  });
  return el("label", { class: "button" }, words.loadFile, input);
}

function rule() {
  const ask = data.live[state.stage].ask;
  const choice = (seats, text) =>
    button(text, () => set({ seats }), true, { "aria-pressed": String(state.seats === seats) });
  return el(
    "div",
    {},
    el(
      "div",
      { class: "pair", role: "group", "aria-label": words.method },
      choice(true, words.bySeats),
      choice(false, words.byNearest),
    ),
    el("p", {}, state.seats ? words.bySeatsNote.replace("{n}", num(ask)) : words.byNearestNote),
  );
}

function list(edits) {
  const items = edits.map((edit) => {
    const what = `${words.did[edit.do]}${edit.seats ? ` ${num(edit.seats)} ${words.seats}` : ""}`;
    return el(
      "li",
      {},
      el(
        "span",
        { class: "row" },
        el(
          "button",
          { type: "button", class: "plain", onclick: () => pick("school", edit.school, true) },
          Reader.name(data.schools.name[edit.school]),
        ),
        el("span", { class: "v" }, what),
        button(
          "✕",
          () => (edit.do === "expand" ? Changes.enlarge(edit.school, null) : Changes.decide(edit.school, null)),
          true,
          { "aria-label": `${words.takeBack} ${Logic.short(data.schools.name[edit.school], 20)}` },
        ),
      ),
    );
  });
  return el("ul", { class: "rows", id: "edits" }, ...items);
}

// Who moved, who is left, what the page cannot tell.
function verdict(now) {
  const { figures, result } = now,
    lines = [];
  const line = (text, bad = false) => lines.push(el("p", { class: bad ? "bad" : "" }, text));
  line(`${words.moving}${words.colon}${people(figures.pupils_moved)}`);
  if (figures.unplaced - figures.unknown > 0)
    line(`${words.unplaced}${words.colon}${people(figures.unplaced - figures.unknown)}`, true);
  if (figures.unknown > 0) line(`${words.unknownWhere}${words.colon}${people(figures.unknown)}`, true);
  if (result.homeless > 0) line(`${words.homeless}${words.colon}${people(result.homeless)}`);
  if (result.vague > 0) line(`${words.vague}${words.colon}${people(result.vague)}`);
  return el("div", { id: "verdict", "aria-live": "polite" }, ...lines);
}

// ---- histogram --------------------------------------------------------------------------------------------------

function histogram() {
  if (!view().start) return $("histogram").replaceChildren();
  return $("histogram").replaceChildren(el("h2", {}, words.byTime, el("small", {}, words.minutes)), chart());
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
    height = 92,
    n = limits.length + 1,
    step = width / n;
  const drawn = svg("svg", {
    viewBox: `0 0 ${width} ${height + 30}`,
    role: "img",
    class: "chart",
    "aria-label": words.byTime,
  });
  Logic.classLabels(limits).forEach((text, k) => {
    const x = k * step + 5,
      tall = (mine[k] / top) * (height - 16);
    drawn.append(
      svg("rect", {
        x,
        y: height - tall,
        width: step - 10,
        height: tall,
        fill: colours[k],
        stroke: "#6d5a3c",
        "stroke-width": 0.6,
      }),
    );
    if (before) {
      const old = height - (before[k] / top) * (height - 16);
      drawn.append(
        svg("path", {
          d: `M${x - 3} ${old}H${x + step - 7}`,
          stroke: Pen.INK,
          "stroke-width": 1.6,
          "stroke-dasharray": "4 2",
        }),
      );
    }
    drawn.append(
      svg("text", { x: x + step / 2 - 5, y: height - tall - 3, "text-anchor": "middle", class: "n" }, num(mine[k])),
    );
    drawn.append(svg("text", { x: x + step / 2 - 5, y: height + 13, "text-anchor": "middle" }, text));
  });
  const note = `${words.pupilsByDay}${before ? ` · ${words.dashed}${words.colon}${Logic.short(referenceName(), 14)}` : ""}`;
  drawn.append(svg("text", { x: width / 2, y: height + 27, "text-anchor": "middle", class: "note" }, note));
  return drawn;
}

export { render, histogram, chart };
