// The panel beside the map: figures, lists, the table, and the card of the school or place that is picked.

import * as Logic from "./logic.js";
import * as Views from "./views.js";
import * as Draw from "./draw.js";
import {
  data,
  state,
  words,
  set,
  $,
  view,
  viewOf,
  reference,
  comparing,
  referenceName,
  label,
  num,
  minutes,
  metres,
  people,
  township,
  reason,
  el,
  name,
  pick,
} from "./reader.js";
import * as Reader from "./reader.js";
import * as Changes from "./changes.js";
import * as Bench from "./bench.js";
import * as Lists from "./lists.js";
import * as Districts from "./districts.js";
import * as Sheets from "./sheets.js";

// What is known, with dots between.
const dotted = (...parts) => parts.filter((part) => part && part !== "—").join(" · ");

function section(id, title, note, ...children) {
  $(id).replaceChildren(el("h2", {}, el("span", {}, title), note ? el("small", {}, note) : null), ...children);
}

function figures() {
  const rows = Logic.scoreRows(view(), comparing() ? reference() : null)
    .filter((row) => row.key !== null && row.value !== null)
    .sort((a, b) => a.key - b.key)
    .slice(0, 6);
  if (!rows.length) return $("figures").replaceChildren();
  const tiles = rows.map((row) => {
    const lines = [el("span", {}, label(row)), el("b", {}, value(row, row.value))];
    if (row.change) {
      const text = `${referenceName()} ${value(row, row.before)}`;
      lines.push(
        el(
          "span",
          { class: tone(row), title: text },
          `${row.change > 0 ? "▲" : "▼"} ${Logic.writtenChange(row.change, row.kind, state.lang, words)}`,
        ),
      );
    }
    if (row.ok === false) lines.push(el("span", { class: "bad" }, `✗ ${words.limit} ${value(row, row.limit)}`));
    return el("div", { class: "tile" }, ...lines);
  });
  const small = view().figures && view().figures.small_schools,
    rule = view().start && view().start.block.limits.leastRoll;
  if (rule && small !== null) {
    const lines = [el("span", {}, words.smallSchools.replace("{n}", num(rule.value))), el("b", {}, num(small))];
    const before = comparing() && reference().figures ? reference().figures.small_schools : small;
    if (before !== small) lines.push(el("span", {}, `${small > before ? "▲" : "▼"} ${num(Math.abs(small - before))}`));
    tiles.push(el("div", { class: "tile", title: rule.source }, ...lines));
  }
  const compared = comparing() ? words.against + referenceName() : "";
  return section("figures", words.figures, Logic.short(compared, 18), el("div", { class: "tiles" }, ...tiles));
}

const value = (row, number) => Logic.written(number, row.kind, state.lang, words);
const tone = (row) => (row.better === null ? "" : row.better ? "good" : "bad");

function certainty() {
  const { status, live } = view();
  if (live) return $("certainty").replaceChildren(el("p", {}, words.liveNote));
  if (!status) return $("certainty").replaceChildren();
  const lines = [
    el("strong", {}, label(status.known)),
    el("p", {}, `${words.method}${words.colon}${label(status.method)}`),
  ];
  if (status.unplaced > 0)
    lines.push(el("p", { class: "bad" }, `${words.unplaced}${words.colon}${people(status.unplaced)}`));
  const notes = status.notes.map((note) => el("p", {}, label(note)));
  const onPaper = document.body.classList.contains("printing");
  // Many notes fold away; they matter, but not to everyone.
  lines.push(
    ...(notes.length < 3
      ? notes
      : [el("details", { open: onPaper }, el("summary", {}, `${words.notes} · ${num(notes.length)}`), ...notes)]),
  );
  return $("certainty").replaceChildren(...lines);
}

function farthest() {
  const { places } = view();
  const ranked = Logic.farthest(view(), Draw.FAR_COUNT);
  const unknown = places ? Logic.wayCounts(view(), []).unknown : 0;
  const items = ranked.map((k, n) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => pick("place", places.at[k], true) },
        el("span", { class: "n" }, String(n + 1)),
        el("span", {}, name(data.places.name[places.at[k]])),
        el("span", { class: "v" }, minutes(places.minutes[k])),
        el(
          "span",
          { class: "sub" },
          dotted(
            Logic.short(township(data.places, places.at[k]), 16),
            metres(places.metres[k]),
            people(places.pupils[k]),
          ),
        ),
      ),
    ),
  );
  section(
    "far",
    words.far,
    ranked.length ? String(ranked.length) : words.farNone,
    el("ol", { class: "rows" }, ...items),
  );
  if (unknown) $("far").append(el("p", {}, `${words.farUnknown}${words.colon}${num(unknown)}`));
}

function closures() {
  if (!comparing()) return $("closures").replaceChildren();
  const closed = Logic.closures(view());
  const items = closed.map(({ school, pupils, to }) => {
    const where = to.map((t) => `${Logic.short(data.schools.name[t.to], 20)} ${num(t.pupils)}`).join(words.comma);
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => pick("school", school, true) },
        el("span", { class: "x" }, "✕"),
        el("span", {}, name(data.schools.name[school])),
        el("span", { class: "v" }, people(pupils)),
        el("span", { class: "sub" }, where ? el("bdi", {}, `→ ${where}`) : words.stayed),
      ),
    );
  });
  return section(
    "closures",
    words.closures,
    closed.length ? String(closed.length) : "",
    closed.length ? el("ol", { class: "rows" }, ...items) : el("p", {}, words.closuresNone),
  );
}

function table() {
  const compared = comparing();
  const rows = Logic.scoreRows(view(), compared ? reference() : null);
  if (!rows.length) return $("table").replaceChildren();
  const headings = [
    words.measure,
    ...(compared ? [Logic.short(referenceName(), 8)] : []),
    compared ? words.now : words.value,
    words.limit,
  ];
  const body = rows.map((row) => {
    const verdict =
      row.ok === null
        ? null
        : el("small", { class: row.ok ? "good" : "bad" }, row.ok ? ` ✓ ${words.meets}` : ` ✗ ${words.breaks}`);
    return el(
      "tr",
      {},
      el("td", {}, label(row)),
      compared ? el("td", {}, value(row, row.before)) : null,
      el("td", { class: tone(row) }, value(row, row.value)),
      el("td", { title: row.source }, row.limit === null ? "" : value(row, row.limit), verdict),
    );
  });
  return section(
    "table",
    words.allFigures,
    view().live ? words.balanceNotLive : "",
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...headings.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...body),
    ),
  );
}

// ---- card ---------------------------------------------------------------------------------------------------

function card() {
  // The sheet of the hard village tells of it already.
  $("card").hidden = !state.pick || (state.tab === "sheets" && Sheets.tells(state.pick));
  if ($("card").hidden) return;
  const { kind, at } = state.pick;
  const layer = kind === "place" ? data.places : data.schools;
  const close = el("button", { type: "button", onclick: () => pick(null), "aria-label": words.close }, "✕");
  $("card").replaceChildren(
    el("h2", {}, name(layer.name[at]), close),
    el(
      "p",
      {},
      dotted(
        kind === "place" ? words.village : words.school,
        Logic.short(township(layer, at), 24),
        label(data.stages.find((s) => s.id === state.stage)),
      ),
    ),
    ...(kind === "place" ? placeCard(at) : schoolCard(at)),
  );
}

function placeCard(at) {
  const parts = [];
  const shown = [[view().live ? words.withEdits : label(data.plans[state.plan]), view()]];
  if (comparing()) shown.unshift([referenceName(), reference()]);
  shown.forEach(([title, its]) => {
    const facts = Logic.placeFacts(its, at);
    const rows = facts.to.map((way) =>
      wayRow(data.schools.name[way.school], way, () => pick("school", way.school, true)),
    );
    for (const lost of facts.unplaced)
      rows.push(
        el(
          "li",
          {},
          el(
            "span",
            { class: "row" },
            el("span", {}, "✕"),
            el("span", {}, words.unplaced + words.colon, el("bdi", {}, reason(its.unplaced, lost.row))),
            el("span", { class: "v" }, people(lost.pupils)),
          ),
        ),
      );
    parts.unshift(
      el("h3", {}, name(title)),
      rows.length ? el("ul", { class: "rows" }, ...rows) : el("p", {}, words.noRoll),
    );
  });
  return parts;
}

function wayRow(text, way, onclick) {
  const sub = dotted(metres(way.metres), people(way.pupils), way.how === "day" ? "" : words[way.how]);
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", onclick },
      el("span", {}, "→"),
      el("span", {}, name(text)),
      el("span", { class: "v" }, minutes(way.minutes)),
      el("span", { class: "sub" }, sub),
    ),
  );
}

function schoolCard(at) {
  const facts = Logic.schoolFacts(view(), at);
  if (!facts) return [el("p", {}, words.none)];
  const names = words.states;
  const list = el("dl");
  const row = (key, text, cls = "") => text && list.append(el("dt", {}, key), el("dd", { class: cls }, text));
  const then = comparing() ? Logic.schoolFacts(reference(), at) : null;
  const was = (number) =>
    then && then[number] !== null && then[number] !== facts[number] ? `${num(then[number])} → ` : "";
  row(words.state, names[facts.state] + (facts.closed ? ` · ${words.closedIn} ${facts.closed}` : ""));
  if (facts.roll !== null || was("roll")) row(words.roll, was("roll") + (facts.roll === null ? "0" : num(facts.roll)));
  row(words.seats, facts.seats === null ? words.unknown : was("seats") + num(facts.seats));
  if (facts.load !== null) row(words.use, `${num(facts.load * 100)}%`, facts.load > 1 ? "bad" : "");
  for (const score of facts.scores) if (score.value) row(label(score), value(score, score.value));
  const parts = [list, decide(at, facts)];
  if (facts.moved.length) {
    parts.push(
      el("h3", {}, words.goes),
      el(
        "ul",
        { class: "rows" },
        ...facts.moved.map((move) =>
          el(
            "li",
            {},
            el(
              "button",
              { type: "button", onclick: () => pick("school", move.to, true) },
              el("span", {}, "→"),
              el("span", {}, name(data.schools.name[move.to])),
              el("span", { class: "v" }, people(move.pupils)),
            ),
          ),
        ),
      ),
    );
  }
  if (facts.from.length) {
    const shown = facts.from.slice(0, 8);
    parts.push(
      el("h3", {}, `${words.from} · ${num(facts.from.length)}`),
      el(
        "ul",
        { class: "rows" },
        ...shown.map((way) => wayRow(data.places.name[way.place], way, () => pick("place", way.place, true))),
      ),
    );
    if (facts.from.length > shown.length)
      parts.push(el("p", {}, `${words.more} ${num(facts.from.length - shown.length)} ${words.items}`));
  }
  return parts;
}

// What may be done with a school: close, keep, open, take back, other seats.
function decide(at, facts) {
  const start = Reader.base();
  if (!start || !start.at.has(at)) return null;
  const fate = Changes.fateOf(at),
    runs = facts.state === Logic.STATE.open;
  const act = (text, what, id) => el("button", { type: "button", onclick: what, id }, text);
  const buttons = [];
  if (fate !== null) buttons.push(act(words.takeBack, () => Changes.decide(at, null), "actBack"));
  if (runs && fate === null)
    buttons.push(
      act(words.toClose, () => Changes.decide(at, "close"), "actClose"),
      act(words.toKeep, () => Changes.decide(at, "keep"), "actKeep"),
    );
  if (!runs && fate === null) buttons.push(act(words.toOpen, () => Changes.decide(at, "open"), "actOpen"));
  if (runs && fate !== "open") buttons.push(seatsBox(at, facts));
  return el("div", { class: "acts", role: "group", "aria-label": words.whatIf }, ...buttons);
}

function seatsBox(at, facts) {
  const input = el("input", {
    type: "number",
    min: 1,
    step: 5,
    id: "actSeats",
    value: facts.seats === null ? "" : facts.seats,
  });
  input.addEventListener("change", () => {
    const seats = Number(input.value);
    Changes.enlarge(
      at,
      seats > 0 && seats !== viewOf(state.stage, state.plan, []).schools.seats[view().schools.at.indexOf(at)]
        ? seats
        : null,
    );
  });
  return el("label", {}, words.seats, input);
}

// ---- tabs ---------------------------------------------------------------------------------------------------

const TABS = [
  "overview",
  "schools",
  "findings",
  ...(data.districts.length ? ["districts"] : []),
  ...(data.sheets.length ? ["sheets"] : []),
];
const RENDER = {
  overview() {
    figures();
    Bench.render();
    Bench.histogram();
    certainty();
    closures();
    farthest();
    table();
  },
  schools: () => Lists.schools(),
  findings: () => Lists.findings(),
  districts: () => Districts.render(),
  sheets: () => Sheets.render(),
};

// What an edit must answer at once.
function answer() {
  if (state.tab !== "overview") return RENDER[state.tab]();
  figures();
  return Bench.render();
}

function render() {
  const printing = document.body.classList.contains("printing"),
    tab = printing && state.tab !== "sheets" ? "overview" : state.tab;
  $("tabs").replaceChildren(
    ...TABS.map((each) =>
      el(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${each}`,
          "aria-selected": String(each === tab),
          "aria-controls": each,
          onclick: () => set({ tab: each, grades: each === "sheets" ? state.grades : Views.ALL }),
        },
        words.tabs[each],
      ),
    ),
  );
  for (const each of TABS) {
    $(each).hidden = each !== tab;
    $(each).setAttribute("aria-labelledby", `tab-${each}`);
  }
  card();
  RENDER[tab]();
}

export { render, answer };
