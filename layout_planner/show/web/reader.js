// What the parts of the page share: the data, what the reader has chosen, the reader's words, and how to make nodes.
// Every text from the data reaches the page through textContent or fillText; nothing here or elsewhere writes markup.

import * as Logic from "./logic.js";
import * as Words from "./words.js";
import * as Whatif from "./whatif.js";
import * as Gauge from "./gauge.js";
import * as Views from "./views.js";
import * as Draw from "./draw.js";

const data = JSON.parse(document.getElementById("data").textContent);
for (const layer of [data.places, data.schools, data.townships])
  for (const key of ["lon", "lat"]) layer[key] = Array.from(Whatif.unpack(layer[key]), (value) => value / 1e5);
const scene = Draw.prepare(data);
const $ = (id) => document.getElementById(id);
const state = {
  lang: data.lang,
  stage: opening(),
  plan: data.shown,
  colour: "minutes",
  pick: null,
  tab: data.sheets.length ? "sheets" : "overview",
  sheet: 0, // which of the three-minute sheets is open
  swipe: null, // where the line between before and after stands, 0 … 1
  grades: Views.ALL,
  seats: true, // whether a full school turns children away
  edits: {}, // "stage plan" → the reader's edits
  layers: { lines: true, moves: true, far: true, findings: false, names: false, roads: true, districts: false },
};
// The words of the language in force, whenever they are asked for.
const words = new Proxy({}, { get: (_, key) => Words[state.lang][key] });
const listeners = [];

// The page opens on primary school where there is one: it is what is merged most.
function opening() {
  const ids = data.stages.map((stage) => stage.id);
  return ids.includes("primary") ? "primary" : ids[0];
}

// Choose something else: stage, plan, language, colour, layers, or the school or place picked ({kind, at} or null).
function set(changes) {
  Object.assign(state, changes);
  for (const listener of listeners) listener(changes);
}

// Choose a school or a place; `show` brings it into sight on the map.
const pick = (kind, at, show = false) => set({ pick: kind ? { kind, at } : null, show });

// ---- views: what a stage of a plan looks like, with the reader's edits ------------------------------------------

const bases = new Map(),
  views = new Map();
const NOTHING = [];
const keyOf = (stage, plan) => `${stage} ${plan}`;
const editsOf = (stage = state.stage, plan = state.plan) => state.edits[keyOf(stage, plan)] || NOTHING;

// The start of a what-if; null where the plan does not have the stage.
function base(stage = state.stage, plan = state.plan) {
  const key = keyOf(stage, plan);
  if (!bases.has(key)) {
    const found = data.live[stage] ? Whatif.begin(data.live[stage], plan) : null;
    if (found) found.at = new Map([...found.site].map((school, k) => [school, k]));
    bases.set(key, found);
  }
  return bases.get(key);
}

// Edits name schools by their place on the page, the engine by their place among the stage's sites.
const asked = (start, edits) =>
  edits.map((edit) => ({ ...edit, site: start.at.get(edit.school), into: start.at.get(edit.into) }));

// One slot for each plan as it is, one for the plan with edits: a toggle throws only its own away.
function viewOf(stage, plan, edits) {
  const key = `${keyOf(stage, plan)} ${edits.length ? "live" : ""}`,
    kept = views.get(key);
  if (kept && kept.edits === edits && kept.seats === state.seats && kept.grades === state.grades) return kept.view;
  const fixed = data.views[stage][plan],
    start = base(stage, plan);
  const view = start ? liveView(fixed, start, edits) : fixed;
  views.set(key, { edits, seats: state.seats, grades: state.grades, view });
  return view;
}

function liveView(fixed, start, edits) {
  const result = Whatif.run(start, asked(start, edits), { seats: state.seats });
  const table = Gauge.schools(start, result);
  let ways = null,
    places = null,
    found = null;
  // What the figures do not need is worked out when it is looked at.
  const view = {
    ...fixed,
    start,
    result,
    live: edits.length > 0,
    figures: Gauge.figures(start, result, table),
    get places() {
      return (places ||= Views.places(start, result, state.grades));
    },
    get findings() {
      return (found ||= findings(fixed, start, result, table, edits.length > 0));
    },
    get ways() {
      return (ways ||= Views.ways(start, result, state.grades));
    },
  };
  return edits.length ? Object.assign(view, changed(fixed, start, result, table, edits, view.figures)) : view;
}

// What a plan's own block says is only right while nothing is changed.
function changed(fixed, start, result, table, edits, figures) {
  const rows = new Map(table.map((row) => [start.site[row.site], row]));
  const { at, state: was, seats, closed } = fixed.schools,
    { STATE } = Logic;
  const away = fixed.unplaced.place.map((_, k) => k).filter((k) => !fixed.unplaced.waits[fixed.unplaced.reason[k]]);
  const lost = Views.lost(result),
    total = away.reduce((sum, k) => sum + fixed.unplaced.pupils[k], 0) + figures.unplaced;
  const now = (school, k) => (rows.has(school) ? STATE.open : was[k] === STATE.open ? STATE.ended : was[k]);
  const told = { ...figures, unplaced: total };
  return {
    edited: new Set(edits.map((edit) => edit.school)),
    schools: {
      at,
      state: at.map(now),
      roll: at.map((school) => (rows.has(school) ? rows.get(school).roll : null)),
      seats: at.map((school, k) => (rows.has(school) ? finite(result.now.seats[start.at.get(school)]) : seats[k])),
      closed: closed.map((year, k) => (rows.has(at[k]) ? null : year)),
    },
    schoolScores: [],
    moves: Views.moves(start, result),
    unplaced: {
      place: [...away.map((k) => fixed.unplaced.place[k]), ...lost.place],
      pupils: [...away.map((k) => fixed.unplaced.pupils[k]), ...lost.pupils],
      reason: [...away.map((k) => fixed.unplaced.reason[k]), ...lost.reason],
      why: fixed.unplaced.why,
    },
    scores: fixed.scores
      .filter((row) => row.measure in told || row.measure === "pupils")
      .map((row) => {
        const value = row.measure in told ? told[row.measure] : row.value;
        const fresh = row.measure === "pupils_moved" || row.measure === "share_moved"; // counted from the plan shown
        return { ...row, value, fresh, ok: row.limit === null || value === null ? null : value <= row.limit + 1e-9 };
      }),
  };
}

const finite = (value) => (Number.isFinite(value) ? value : null);

// Breaches with positions of the page; what only Python judges comes from the plan and is not live.
function findings(fixed, start, result, table, live) {
  const own = Gauge.findings(start, result, table).map((found) => ({
    ...found,
    at: found.kind === "school" ? start.site[found.at] : found.at,
  }));
  const waiting = live ? [] : unplacedFindings(fixed);
  return [...own, ...waiting, ...fixed.findings.map((found) => ({ ...found, key: `${found.rule}|${found.at}|${found.what}`, stale: live }))]; // prettier-ignore
}

const unplacedFindings = ({ unplaced }) =>
  unplaced.place.map((at, k) => ({
    key: `unplaced|${at}|${k}`, rule: "unplaced", kind: "place", at, value: unplaced.pupils[k], limit: 0,
    pupils: unplaced.pupils[k], severity: "breach", source: null,
  })); // prettier-ignore

const view = () => viewOf(state.stage, state.plan, editsOf());
// What the figures are compared with: the plan without the reader's edits, else the first plan.
const reference = () => viewOf(state.stage, editsOf().length ? state.plan : 0, NOTHING);
const comparing = () => editsOf().length > 0 || state.plan > 0;
const referenceName = () => label(data.plans[editsOf().length ? state.plan : 0]);

// ---- words and numbers ------------------------------------------------------------------------------------------

const label = (thing) => thing[state.lang];
const num = (value, digits = 0) => Logic.number(value, state.lang, digits);
const minutes = (value) => (value === null ? words.unknown : `${num(value, value < 10 ? 1 : 0)} ${words.minutes}`);
const metres = (value) => Logic.written(value, "metres", state.lang, words);
const people = (value) => `${num(value)} ${words.people}`;
const township = (layer, at) => (layer.township[at] < 0 ? "" : data.townships.name[layer.township[at]]);
const modeName = () => words.modes[data.modes[state.stage]] || data.modes[state.stage];
// Why a child has no place: the plan's reason, in both languages, or the engine's word.
const reason = (unplaced, k) =>
  typeof unplaced.reason[k] === "string" ? words[unplaced.reason[k]] : label(unplaced.why[unplaced.reason[k]]);

// ---- nodes ------------------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);
const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const name = (text) => el("bdi", { title: text }, text);

export {
  data,
  scene,
  state,
  words,
  set,
  pick,
  listeners,
  $,
  base,
  view,
  viewOf,
  reference,
  comparing,
  referenceName,
  editsOf,
  keyOf,
  label,
  num,
  minutes,
  metres,
  people,
  township,
  modeName,
  reason,
  el,
  svg,
  name,
};
