// The reader's edits: made, undone, done again, step by step; named variants of them. Nothing is drawn here.

import { gradeMask } from "../../live/web/whatif.js";
import { formatGrades } from "../../live/web/grades.js";
import { addSpot, base, data, editsOf, keyOf, set, state, view } from "./reader.js";

const past = [],
  future = [];

function write(edits) {
  past.push(state.edits);
  future.length = 0;
  set({ edits, hand: null });
}

const subject = (edit) => (edit.do === "pin" ? `place ${edit.place}` : `school ${edit.school}`);
const of = (school) => (edit) => edit.do !== "pin" && edit.school === school;

// Another fate for a school of the stage shown: "close", "keep", "open", "merge", or null for as in the plan.
function decide(school, fate, more = {}) {
  const mine = of(school),
    ends = fate === "close" || (fate === "merge" && more.site !== "teaching_point");
  const kept = (edit) => !mine(edit) || (edit.do === "expand" && !ends && fate !== null);
  // What was sent to a school that ends now is not sent there any more.
  const left = editsOf().filter((edit) => kept(edit) && !(ends && (edit.into === school || (edit.do === "pin" && edit.school === school)))); // prettier-ignore
  put(fate === null ? left : [{ do: fate, school, ...more }, ...left]);
}

// New seats for a school; null for as in the plan. One the reader opens opens with them.
function enlarge(school, seats) {
  const opens = (edit) => of(school)(edit) && edit.do === "open";
  if (editsOf().some(opens)) return put(editsOf().map((edit) => (opens(edit) ? withText(edit, "seats", seats) : edit)));
  const left = editsOf().filter((edit) => !of(school)(edit) || edit.do !== "expand");
  return put(seats === null ? left : [...left, { do: "expand", school, seats }]);
}

// A new school where the map was clicked; six classes until the reader says otherwise.
function build(lon, lat) {
  const rooms = state.stage === "kindergarten" ? 3 : state.stage === "primary" ? 6 : 9;
  const start = base();
  if (!start) return null;
  const school = addSpot(state.stage, lon, lat);
  decide(school, "open", { seats: rooms * start.block.limits.roomSeats });
  return school;
}

// Send villages to one school.
function pin(places, school) {
  const chosen = new Set(places);
  const left = editsOf().filter((edit) => edit.do !== "pin" || !chosen.has(edit.place));
  put([...left, ...places.map((place) => ({ do: "pin", place, school }))]);
}

const unpin = (place) => put(editsOf().filter((edit) => edit.do !== "pin" || edit.place !== place));

// Hold a village where most of its pupils go now.
function lock(place) {
  const { places } = view(),
    k = places.at.indexOf(place);
  if (k >= 0) pin([place], places.school[k]);
}

const pinOf = (place) => {
  const found = editsOf().find((edit) => edit.do === "pin" && edit.place === place);
  return found ? found.school : null;
};

// Why an edit is made (it stands in every list and file), and what the reader notes beside it.
const explain = (school, reason) => tell(school, "reason", reason);
const annotate = (school, note) => tell(school, "note", note);
function tell(school, key, text) {
  put(editsOf().map((edit) => (of(school)(edit) ? withText(edit, key, text) : edit)));
}

function withText(edit, key, text) {
  const changed = { ...edit };
  if (text) changed[key] = text;
  else delete changed[key];
  return changed;
}

// Take one edit back, whatever it is.
const drop = (edit) => put(editsOf().filter((each) => each !== edit));

function put(own, stage = state.stage, plan = state.plan) {
  const edits = { ...state.edits };
  if (own.length) edits[keyOf(stage, plan)] = own;
  else delete edits[keyOf(stage, plan)];
  write(edits);
}

// Carry edits made on another plan over to the one shown; those on schools it does not run stay out.
function carryOver(plan) {
  const edits = { ...state.edits };
  for (const { id } of data.stages) {
    const start = base(id, state.plan),
      mine = (state.edits[keyOf(id, plan)] || []).filter((edit) => start && start.at.has(edit.school));
    const taken = new Set(mine.map(subject));
    const own = (edits[keyOf(id, state.plan)] || []).filter((edit) => !taken.has(subject(edit)));
    if (mine.length) edits[keyOf(id, state.plan)] = [...own, ...mine];
    delete edits[keyOf(id, plan)];
  }
  write(edits);
}

const fateOf = (school) => (editsOf().find((edit) => of(school)(edit) && edit.do !== "expand") || {}).do || null;
const seatsOf = (school) => (editsOf().find((edit) => of(school)(edit) && edit.seats) || {}).seats || null;
const noteOf = (school) => (editsOf().find((edit) => of(school)(edit) && edit.note) || {}).note || "";
const reasonOf = (school) => (editsOf().find((edit) => of(school)(edit) && edit.reason) || {}).reason || "";

// ---- what may be chosen -------------------------------------------------------------------------------------------

// A primary school with grades beyond the youngest may keep 1 to 3 as a teaching point.
function canSplit(school) {
  const start = base();
  if (state.stage !== "primary" || !start) return false;
  const offers = start.schools.offers[start.at.get(school)],
    young = start.block.young.reduce((mask, is, k) => (is ? mask | (1 << k) : mask), 0);
  return (offers & young) !== 0 && (offers & ~young) !== 0;
}

// The bands of grades a school may give away and still run: its oldest or its youngest, as the command line writes them.
function splits(school) {
  const start = base();
  if (!start || !start.at.has(school)) return [];
  const offers = start.schools.offers[start.at.get(school)],
    grades = start.block.grades.filter((_, k) => (offers >> k) & 1);
  const found = [];
  for (let k = 1; k < grades.length; k++) found.push(formatGrades(grades.slice(k)));
  for (let k = 1; k < grades.length; k++) found.push(formatGrades(grades.slice(0, k)));
  return found;
}

// Open schools a village knows ways to, nearest first.
function nearSchools(place, most = 8) {
  const now = view();
  if (!now.result) return [];
  const near = now.start.near[0],
    found = [];
  for (let k = near.start[place]; k < near.start[place + 1] && found.length < most; k++)
    if (now.result.now.open[near.site[k]]) found.push(now.start.site[near.site[k]]);
  return found;
}

// Whether a school can take the pupils of another (of some grades): it runs after the edits and has one of them.
function canTake(school, from, grades = null) {
  const now = view(),
    to = now.start.at.get(school),
    of = now.start.at.get(from);
  if (to === undefined || school === from || !now.result.now.open[to]) return false;
  return (now.result.now.offers[to] & now.start.schools.offers[of] & gradeMask(now.start, grades)) !== 0;
}

// Schools that could take a school's pupils, nearest first as the crow flies, with the kilometres.
function takers(from, grades = null, most = 12) {
  const { lon, lat } = data.schools,
    across = Math.cos((lat[from] * Math.PI) / 180);
  const far = (school) => Math.hypot((lon[school] - lon[from]) * across, lat[school] - lat[from]) * 111.2;
  return [...view().start.site]
    .filter((school) => canTake(school, from, grades))
    .sort((a, b) => far(a) - far(b))
    .slice(0, most)
    .map((school) => ({ school, km: Math.round(far(school) * 10) / 10 }));
}

// ---- steps ----------------------------------------------------------------------------------------------------------

function step(from, to) {
  if (!from.length) return;
  to.push(state.edits);
  set({ edits: from.pop(), hand: null });
}

const undo = () => step(past, future);
const redo = () => step(future, past);
const reset = () => Object.keys(state.edits).length && write({});
const canUndo = () => past.length > 0;
const canRedo = () => future.length > 0;

// How many edits stood after each step, the present among them; `to` goes to one.
const steps = () => [...past, state.edits, ...[...future].reverse()].map((edits) => Object.values(edits).flat().length);
const stepNow = () => past.length;
function goTo(step) {
  while (past.length > step) future.push(swap(past));
  while (past.length < step && future.length) past.push(swap(future));
  set({ edits: state.edits, hand: null });
}

function swap(from) {
  const was = state.edits;
  state.edits = from.pop();
  return was;
}

// Everything at once, as when a file is loaded; what was there can be had back.
function replaceAll(edits, more = {}) {
  past.push(state.edits);
  future.length = 0;
  set({ edits, hand: null, ...more });
}

// ---- variants -------------------------------------------------------------------------------------------------------

const variants = []; // {name, plan, edits, seats}

function keepVariant() {
  const name = [..."ABCDEFGHIJ"].find((letter) => variants.every((each) => each.name !== letter));
  variants.push({ name, plan: state.plan, edits: state.edits, seats: state.seats });
  set({ variants });
}

function showVariant(k) {
  const { plan, edits, seats } = variants[k];
  replaceAll(edits, { plan, seats });
}

function dropVariant(k) {
  variants.splice(k, 1);
  set({ variants });
}

export {
  decide, enlarge, build, annotate, noteOf, splits, pin, unpin, lock, pinOf, explain, drop, carryOver, fateOf, seatsOf, reasonOf, canSplit, nearSchools,
  canTake, takers, undo, redo, reset, canUndo, canRedo, steps, stepNow, goTo, replaceAll, variants, keepVariant, showVariant,
  dropVariant,
}; // prettier-ignore
