// What the parts of the page share: the data, what the reader has chosen, the views, the reader's words.

import * as Logic from "../../live/web/logic.js";
import * as Words from "../../live/web/words.js";
import { begin, unpack } from "../../live/web/start.js";
import { gradeMask } from "../../live/web/whatif.js";
import { ALL } from "../../live/web/views.js";
import { liveView, missingOf } from "../../live/web/live.js";
import { trial, withSpots } from "../../live/web/spots.js";
import * as Draw from "./draw.js";

const data = JSON.parse(document.getElementById("data").textContent);
for (const layer of [data.places, data.schools, data.townships])
  for (const key of ["lon", "lat"]) layer[key] = Array.from(unpack(layer[key]), (value) => value / 1e5);
const scene = Draw.prepare(data);
const state = {
  lang: data.lang,
  stage: opening(),
  plan: data.shown,
  colour: "minutes",
  pick: null,
  tab: data.sheets.length ? "sheets" : "overview",
  sheet: 0, // which of the sheets is open
  swipe: null, // where the line between before and after stands, 0 … 1
  grades: ALL, // the grades shown, a bit each
  year: undefined, // the year of the slider; undefined: the plan itself
  seats: true, // whether a full school turns children away
  edits: {}, // "stage plan" → the reader's edits
  hand: null, // what a click on the map does: {do: "merge" | "point" | "grades" | "paint" | "site", school}
  only: null, // what the map is narrowed to: {key, of}, by a tile or a row of the legend
  layers: {
    lines: true,
    moves: true,
    far: true,
    findings: false,
    names: false,
    roads: true,
    districts: false,
    focus: true,
  },
};
// The words of the language in force, whenever they are asked for.
const words = new Proxy({}, { get: (_, key) => Words[state.lang][key] });
const listeners = [];

// The page opens on primary school where there is one: it is what is merged most.
function opening() {
  const ids = data.stages.map((stage) => stage.id);
  return ids.includes("primary") ? "primary" : ids[0];
}

// Choose something else: stage, plan, language, colour, layers, or the school or place picked ({kind, at} or null). A
// plan that is chosen is shown as it is: the year of the slider goes. A band of grades is of one stage.
function set(changes) {
  if ("plan" in changes && !("year" in changes)) changes = { ...changes, year: undefined };
  if ("stage" in changes && !("grades" in changes)) changes = { ...changes, grades: ALL };
  if ("stage" in changes && changes.stage !== state.stage) changes = { ...changes, only: null };
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
    const told = data.live[stage] ? begin(data.live[stage], plan) : null;
    const found = told && withSpots(told, spots.filter((spot) => spot.stage === stage), SPOTS); // prettier-ignore
    if (found) found.at = new Map([...found.site].map((school, k) => [school, k]));
    bases.set(key, found);
  }
  return bases.get(key);
}

// ---- new schools ------------------------------------------------------------------------------------------------

// Schools the reader put on the map: {school, stage, lon, lat}. They stand behind those of the data for good, so that an
// edit taken back and made again finds its school; without an edit that opens it nothing stands there.
const spots = [];
const told = data.schools.id.length;
const SPOTS = {
  place: (at) => [data.places.lon[at], data.places.lat[at]],
  school: (at) => [data.schools.lon[at], data.schools.lat[at]],
};
const isNew = (school) => school >= told;

// Put a new school on the map; gives its position on the page. Degrees to a metre, as they are written.
function addSpot(stage, lon, lat) {
  const [east, north] = [lon, lat].map((value) => Math.round(value * 1e5) / 1e5);
  const same = spots.find((spot) => spot.stage === stage && spot.lon === east && spot.lat === north);
  if (same) return same.school;
  const school = data.schools.id.length;
  data.schools.id.push(`new@${east.toFixed(5)},${north.toFixed(5)}`);
  data.schools.name.push(`${Words.zh.newSchool} ${spots.length + 1}`);
  data.schools.township.push(-1);
  data.schools.lon.push(east);
  data.schools.lat.push(north);
  scene.schools.at.push(Logic.mercator(east, north));
  spots.push({ school, stage, lon: east, lat: north });
  bases.clear();
  views.clear();
  return school;
}

// How far estimates around a new school are off, tried on the schools nearest to it; null where there is none to try.
const trials = new Map();
function spotTrial(school) {
  const spot = spots.find((each) => each.school === school),
    start = spot && base(spot.stage);
  if (!start) return null;
  if (!trials.has(school))
    trials.set(
      school,
      trial(start, spot, SPOTS, (its) => !isNew(its)),
    );
  return trials.get(school);
}

// One slot for each plan as it is, one for the plan with edits: a toggle throws only its own away.
function viewOf(stage, plan, edits) {
  const key = `${keyOf(stage, plan)} ${edits.length ? "live" : ""}`,
    kept = views.get(key);
  if (kept && kept.edits === edits && kept.seats === state.seats && kept.grades === state.grades) return kept.view;
  const fixed = data.views[stage][plan],
    start = base(stage, plan);
  const view = start ? liveView(fixed, start, edits, state) : { ...fixed, missing: missingOf(fixed) };
  views.set(key, { edits, seats: state.seats, grades: state.grades, view });
  return view;
}

const view = () => viewOf(state.stage, state.plan, editsOf());
// What the figures are compared with: the plan without the reader's edits, else the first plan.
const reference = () => viewOf(state.stage, editsOf().length ? state.plan : 0, NOTHING);
const comparing = () => editsOf().length > 0 || state.plan > 0;
const referenceName = () => label(data.plans[editsOf().length ? state.plan : 0]);

// Children without a school in each stage of the plan shown: {stage, total, unknown, homeless}; stages where all have one
// are left out. A stage nobody edited is as Python told it.
function missing(plan = state.plan) {
  return data.stages
    .map(({ id }) => {
      const edits = editsOf(id, plan);
      const found = edits.length ? viewOf(id, plan, edits).missing : missingOf(data.views[id][plan]);
      return { stage: id, ...found };
    })
    .filter(({ total }) => total > 0.5);
}

// The same of what the figures are compared with.
const missingThen = () =>
  data.stages
    .map(({ id }) => ({ stage: id, ...missingOf(data.views[id][allEdited() ? state.plan : 0]) }))
    .filter(({ total }) => total > 0.5);
const allEdited = () => data.stages.some(({ id }) => editsOf(id).length > 0);

// ---- words and numbers ------------------------------------------------------------------------------------------

const label = (thing) => (typeof thing === "string" ? thing : thing[state.lang]);
const num = (value, digits = 0) => Logic.number(value, state.lang, digits);
const minutes = (value) => (value === null ? words.unknown : `${num(value, value < 10 ? 1 : 0)} ${words.minutes}`);
const metres = (value) => Logic.written(value, "metres", state.lang, words);
const people = (value) => `${num(value)} ${words.people}`;
const township = (layer, at) => (layer.township[at] < 0 ? "" : data.townships.name[layer.township[at]]);
const modeName = (mode = data.modes[state.stage]) => (data.modeWords[mode] ? label(data.modeWords[mode]) : mode);
const stageName = (id = state.stage) => label(data.stages.find((stage) => stage.id === id));
// Put values into a sentence: "{n} of {m}".
const said = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
// Why a child has no place: the plan's reason, in both languages, or the engine's word.
const reason = (unplaced, k) =>
  typeof unplaced.reason[k] === "string" ? words[unplaced.reason[k]] : label(unplaced.why[unplaced.reason[k]]);
// What a rule is called: in the page's words, else in the catalogue's.
const ruleName = (rule) => words.rules[rule] || (data.terms[rule] ? label(data.terms[rule]) : rule);

// The grades a view is narrowed to, in words; "" where all are shown.
function gradesShown() {
  const start = base();
  if (!start || (state.grades & gradeMask(start, null)) === gradeMask(start, null)) return "";
  const grades = start.block.grades.filter((_, k) => (state.grades >> k) & 1);
  const [low, high] = [grades[0], grades[grades.length - 1]];
  return said(low === high ? words.oneGrade : words.gradesOnly, { low, high });
}

// More than two hours on foot each way: hardly anybody walks that daily.
const BOARDS = 120;
const likelyBoards = (value) => value !== null && value > BOARDS && data.modes[state.stage] === "walk";

export {
  data,
  scene,
  state,
  words,
  set,
  pick,
  listeners,
  base,
  view,
  viewOf,
  reference,
  comparing,
  referenceName,
  missing,
  missingThen,
  editsOf,
  keyOf,
  label,
  num,
  minutes,
  metres,
  people,
  township,
  modeName,
  stageName,
  said,
  reason,
  ruleName,
  gradesShown,
  likelyBoards,
  spots,
  isNew,
  addSpot,
  spotTrial,
  NOTHING,
};
