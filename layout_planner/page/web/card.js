// The card of the school or place that is picked, and what may be done with it.

import * as Logic from "../../live/web/logic.js";
import {
  NOTHING,
  base,
  comparing,
  data,
  gradesShown,
  isNew,
  label,
  likelyBoards,
  metres,
  minutes,
  modeName,
  num,
  people,
  pick,
  reason,
  reference,
  referenceName,
  said,
  set,
  spotTrial,
  stageName,
  state,
  township,
  view,
  viewOf,
  words,
} from "./reader.js";
import { $, el, fill, name } from "./nodes.js";
import { narrowed } from "./told.js";
import * as Changes from "./changes.js";
import * as Years from "./years.js";
import * as Sheets from "./sheets.js";
import { value } from "./tiles.js";

// What is known, with dots between.
const dotted = (...parts) => parts.filter((part) => part && part !== "—").join(" · ");

function render() {
  // The sheet of the hard village tells of it already.
  $("card").hidden = !state.pick || (state.tab === "sheets" && Sheets.tells(state.pick));
  if ($("card").hidden) return;
  const { kind, at } = state.pick;
  const layer = kind === "place" ? data.places : data.schools;
  const close = el("button", { type: "button", onclick: () => pick(null), "aria-label": words.close }, "✕");
  fill(
    $("card"),
    el("h2", {}, name(layer.name[at]), close),
    el(
      "p",
      {},
      dotted(kind === "place" ? words.village : words.school, Logic.short(township(layer, at), 24), stageName()),
    ),
    narrowed()
      .filter(({ key }) => key !== "year" || Years.planOf(state.year) !== undefined) // else it colours townships only
      .map(({ key, text }) => el("p", { class: "narrowed", "data-narrowed": key }, text)),
    kind === "place" ? placeCard(at) : schoolCard(at),
  );
}

// ---- a village ----------------------------------------------------------------------------------------------------

function placeCard(at) {
  const parts = [];
  const shown = [[view().live ? words.withEdits : label(data.plans[state.plan]), view()]];
  if (comparing()) shown.unshift([referenceName(), reference()]);
  shown.forEach(([title, its]) => {
    const facts = Logic.placeFacts(its, at);
    const rows = facts.to.map((way) =>
      wayRow(data.schools.name[way.school], way, () => pick("school", way.school, true)),
    );
    rows.push(...facts.unplaced.map((lost) => leftRow(its.unplaced, lost)));
    parts.unshift(
      el("h3", {}, name(title)),
      meanLine(its, at),
      rows.length ? el("ul", { class: "rows" }, ...rows) : el("p", {}, words.noRoll),
    );
  });
  return [...parts, paintable(at)];
}

// The one figure of a village: the mean of its day pupils, with how many they are; as on the map and in every list.
function meanLine(its, at) {
  const k = its.places ? its.places.at.indexOf(at) : -1;
  if (k < 0 || its.places.minutes[k] === null) return null;
  const mean = its.places.minutes[k];
  const who = gradesShown() ? ` (${gradesShown()})` : "";
  return el(
    "p",
    { class: "mean" },
    said(words.meanOf, { mean: minutes(mean), n: num(its.places.day[k]) }) + who,
    likelyBoards(mean) ? el("b", { class: "bad" }, ` ${words.likelyBoards}`) : null,
  );
}

const lostRow = (text, pupils) =>
  el("li", { class: "bad" }, peopleRow("✕", `${words.unplaced}${words.colon}`, text, pupils));

// Who learns elsewhere has a school: told, and no alarm.
const leftRow = (unplaced, { row, pupils }) =>
  Logic.hasSchoolElsewhere(unplaced, row)
    ? el("li", {}, peopleRow("→", "", reason(unplaced, row), pupils))
    : lostRow(reason(unplaced, row), pupils);

const peopleRow = (sign, title, text, pupils) =>
  el(
    "span",
    { class: "row" },
    el("span", {}, sign),
    el("span", {}, title, el("bdi", {}, text)),
    el("span", { class: "v" }, people(pupils)),
  );

function wayRow(text, way, onclick) {
  const sub = dotted(
    metres(way.metres),
    people(way.pupils),
    way.how !== "day" ? words[way.how] : way.mode ? modeName(way.mode) : "",
    isNew(way.school) ? words.estimated : "",
  );
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

// A village may be sent to another school, whatever the rule says.
function paintable(at) {
  const start = base();
  if (!start) return null;
  const pinned = Changes.pinOf(at);
  const near = Changes.nearSchools(at);
  const choose = el(
    "select",
    { id: "pin", "aria-label": words.paintTo },
    el("option", { value: "" }, words.paintTo),
    ...near.map((school) => el("option", { value: String(school) }, Logic.short(data.schools.name[school], 24))),
  );
  choose.addEventListener("change", () => choose.value && Changes.pin([at], Number(choose.value)));
  return el(
    "div",
    { class: "acts", role: "group", "aria-label": words.whatIf },
    near.length ? choose : null,
    pinned === null
      ? el("button", { type: "button", id: "lockPlace", onclick: () => Changes.lock(at) }, words.lockPlace)
      : el("button", { type: "button", id: "unpin", onclick: () => Changes.unpin(at) }, words.takeBack),
  );
}

// ---- a school -----------------------------------------------------------------------------------------------------

function schoolCard(at) {
  const facts = Logic.schoolFacts(view(), at);
  if (!facts) return [el("p", {}, words.none)];
  const list = el("dl");
  const row = (key, text, cls = "") => text && list.append(el("dt", {}, key), el("dd", { class: cls }, text));
  const then = comparing() ? Logic.schoolFacts(reference(), at) : null;
  const was = (number) =>
    then && then[number] !== null && then[number] !== facts[number] ? `${num(then[number])} → ` : "";
  row(words.state, words.states[facts.state] + (facts.closed ? ` · ${words.closedIn} ${facts.closed}` : ""));
  if (facts.roll !== null || was("roll")) row(words.roll, was("roll") + (facts.roll === null ? "0" : num(facts.roll)));
  row(words.seats, facts.seats === null ? words.unknown : was("seats") + num(facts.seats));
  if (facts.load !== null) row(words.use, `${num(facts.load * 100)}%`, facts.load > 1 ? "bad" : "");
  for (const score of facts.scores) if (score.value) row(label(score), value(score, score.value));
  if (isNew(at))
    list.append(el("dt", {}, words.way1), el("dd", { class: "unsure" }, words.estimatedNote, estimateError(at)));
  return [list, decide(at, facts), goes(facts, then), comesFrom(facts)];
}

// How far such estimates were off where the ways are known.
function estimateError(at) {
  const found = spotTrial(at);
  if (!found) return null;
  const percent = (share) => num(Math.ceil(share * 100));
  return el("p", { id: "estimateError" }, said(words.estimateError, { half: percent(found.median), ninth: percent(found.ninth) })); // prettier-ignore
}

// Where the pupils go, those without a place among them; of a school that ends the rows add up to its roll.
function goes(facts, then) {
  const lost = facts.left.reduce((sum, row) => sum + row.pupils, 0),
    gone = facts.moved.reduce((sum, row) => sum + row.pupils, 0);
  const ended = facts.state === Logic.STATE.ended && then && then.roll !== null;
  const rest = ended ? then.roll - gone - lost : 0;
  if (!facts.moved.length && !facts.left.length && !(rest > 0.5)) return null;
  // Those without a place come first: they are what must not be missed.
  const rows = facts.left.map((row) => lostRow(words[row.why], row.pupils));
  if (rest > 0.5) rows.push(lostRow(words.restUnknown, rest));
  rows.push(
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
  );
  const total = ended
    ? el("p", { id: "addsUp" }, said(words.addsUp, { sum: num(gone + lost + Math.max(rest, 0)), roll: num(then.roll) }))
    : null;
  return [el("h3", {}, words.goes), el("ul", { class: "rows", id: "goes" }, ...rows), total];
}

function comesFrom(facts) {
  if (!facts.from.length) return null;
  const shown = facts.from.slice(0, 8);
  const rows = shown.map((way) => wayRow(data.places.name[way.place], way, () => pick("place", way.place, true)));
  const more = facts.from.length - shown.length;
  return [
    el("h3", {}, `${words.from} · ${num(facts.from.length)}`),
    el("ul", { class: "rows" }, ...rows),
    more ? el("p", {}, `${words.more} ${num(more)} ${words.items}`) : null,
  ];
}

// What may be done with a school: close, keep, open, merge, split by grades, take back, other seats.
function decide(at, facts) {
  const start = base();
  if (!start || !start.at.has(at)) return null;
  const fate = Changes.fateOf(at),
    runs = facts.state === Logic.STATE.open;
  const act = (text, what, id) => el("button", { type: "button", onclick: what, id }, text);
  const buttons = [];
  if (fate !== null) buttons.push(act(words.takeBack, () => Changes.decide(at, null), "actBack"));
  if (runs && fate === null) {
    buttons.push(
      act(words.toClose, () => Changes.decide(at, "close"), "actClose"),
      act(words.toMerge, () => set({ hand: { do: "merge", school: at } }), "actMerge"),
      act(words.toKeep, () => Changes.decide(at, "keep"), "actKeep"),
    );
    if (Changes.canSplit(at))
      buttons.push(act(words.toPoint, () => set({ hand: { do: "point", school: at } }), "actPoint"));
    const bands = Changes.splits(at);
    if (bands.length)
      buttons.push(
        act(words.toGrades, () => set({ hand: { do: "grades", school: at, grades: bands[0] } }), "actGrades"),
      );
  }
  if (runs) buttons.push(act(words.toPaint, () => set({ hand: { do: "paint", school: at } }), "actPaint"));
  if (!runs && fate === null) buttons.push(act(words.toOpen, () => Changes.decide(at, "open"), "actOpen"));
  if (runs) buttons.push(seatsBox(at, facts));
  if (fate !== null) {
    buttons.push(textBox("actReason", words.reason, Changes.reasonOf(at), (text) => Changes.explain(at, text)));
    buttons.push(textBox("actNote", words.ownNote, Changes.noteOf(at), (text) => Changes.annotate(at, text)));
  }
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
    const seats = Number(input.value),
      own = viewOf(state.stage, state.plan, NOTHING).schools;
    if (isNew(at) && !(seats > 0)) return void (input.value = facts.seats); // without seats it would be no school
    Changes.enlarge(at, seats > 0 && seats !== own.seats[own.at.indexOf(at)] ? seats : null);
  });
  return el("label", {}, words.seats, input);
}

function textBox(id, text, value, what) {
  const input = el("input", { type: "text", id, maxlength: 80, value });
  input.addEventListener("change", () => what(input.value.trim()));
  return el("label", { class: "wide" }, text, input);
}

export { render };
