// The reader's edits: made, undone, done again, saved as a scenario, loaded from one. Nothing is drawn here.

import * as Logic from "./logic.js";
import * as Yaml from "./yaml.js";
import { data, state, words, set, editsOf, keyOf, base } from "./reader.js";
import * as Reader from "./reader.js";

const past = [],
  future = [];
const SITE_FATE = ["closed", "kindergarten"];

function write(edits) {
  past.push(state.edits);
  future.length = 0;
  set({ edits });
}

// Another fate for a school of the stage shown: "close", "keep", "open", or null for as in the plan.
function decide(school, fate, more = {}) {
  const kept = (edit) => edit.school !== school || (edit.do === "expand" && fate !== "close" && fate !== null);
  const left = editsOf().filter((edit) => kept(edit) && !(fate === "close" && edit.into === school));
  put(fate === null ? left : [{ do: fate, school, ...more }, ...left]);
}

// New seats for a school; null for as in the plan.
function enlarge(school, seats) {
  const left = editsOf().filter((edit) => edit.school !== school || edit.do !== "expand");
  put(seats === null ? left : [...left, { do: "expand", school, seats }]);
}

function put(own) {
  const edits = { ...state.edits };
  if (own.length) edits[keyOf(state.stage, state.plan)] = own;
  else delete edits[keyOf(state.stage, state.plan)];
  write(edits);
}

const fateOf = (school) => (editsOf().find((edit) => edit.school === school && edit.do !== "expand") || {}).do || null;
const seatsOf = (school) => (editsOf().find((edit) => edit.school === school && edit.seats) || {}).seats || null;

function step(from, to) {
  if (!from.length) return;
  to.push(state.edits);
  set({ edits: from.pop() });
}

const undo = () => step(past, future);
const redo = () => step(future, past);
const reset = () => Object.keys(state.edits).length && write({});

// ---- as a scenario ----------------------------------------------------------------------------------------------

// The edits on the plan shown, of all its stages, as the command line reads them.
function scenario() {
  const stages = data.stages.filter((stage) => editsOf(stage.id).length);
  const edits = stages.flatMap((stage) => editsOf(stage.id).map((edit) => asWritten(edit, stage.id)));
  const modes = [...new Set(Object.values(data.modes))];
  const run = {
    base: data.plans[state.plan].id,
    ...(stages.length === 1 ? { stage: stages[0].id } : {}),
    assign: state.seats ? "stay" : "stay_nearest",
    ...(state.seats && stages.length
      ? { candidates: Math.min(...stages.map((stage) => data.live[stage.id].ask)) }
      : {}),
    mode: modes.length > 1 ? Object.entries(data.modes).map(([stage, mode]) => `${stage}=${mode}`) : modes[0],
    ...(data.plans[state.plan].rules.length ? { rules: data.plans[state.plan].rules } : {}),
  };
  return { name: `${data.plans[state.plan].id} +`, note: `${data.title} ${data.year}`, run, edits };
}

function asWritten({ do: what, school, into, seats, ...more }, stage) {
  const id = data.schools.id[school];
  const told = what === "open" ? { do: what, site: id } : { do: what, school: id };
  if (into !== undefined) told.into = data.schools.id[into];
  if (seats) told.seats = seats;
  return { ...told, stage, ...more };
}

// Take over a scenario; gives the faults, and takes nothing over where there are any.
function load(content) {
  const faults = [];
  if (!content || typeof content !== "object" || Array.isArray(content)) return [words.notAScenario];
  const run = content.run || {};
  const plan = data.plans.findIndex((each) => each.id === run.base);
  const at = plan < 0 ? state.plan : plan;
  const edits = {};
  const list = content.edits || [];
  if (!Array.isArray(list)) return [words.notAScenario];
  list.forEach((edit, k) => {
    const fault = take(edit, at, edits);
    if (fault) faults.push(`${k + 1}. ${fault}`);
  });
  if (faults.length) return faults;
  const touched = Object.keys(edits).map((key) => key.split(" ")[0]);
  past.push(state.edits);
  future.length = 0;
  set({
    edits,
    plan: at,
    seats: run.assign !== "stay_nearest",
    stage: touched.length && !touched.includes(state.stage) ? touched[0] : state.stage,
    pick: null,
  });
  return [];
}

// Read one edit into `edits`; gives what is wrong with it, or null.
function take(edit, plan, edits) {
  if (!edit || typeof edit !== "object") return words.notAnEdit;
  const { do: what, school, site: where, into, stage, seats, add_seats: more, ...rest } = edit;
  const fate = what === "merge" ? where || "closed" : null;
  if (!["close", "merge", "keep", "open", "expand"].includes(what) || (fate && !SITE_FATE.includes(fate)))
    return `${words.notLive}${words.colon}${Logic.short(String(what), 20)}${fate ? ` ${Logic.short(String(fate), 20)}` : ""}`;
  if (rest.grades || rest.parent || (what === "open" && school && school !== where))
    return `${words.notLive}${words.colon}${what} (grades, school, parent)`;
  const id = String(what === "open" ? where : school);
  const at = data.schools.id.indexOf(id),
    to = into === undefined ? -1 : data.schools.id.indexOf(String(into));
  if (at < 0 || (what === "merge" && to < 0))
    return `${words.unknownSchool}${words.colon}${Logic.short(at < 0 ? id : String(into), 30)}`;
  const stages = data.stages.map((each) => each.id).filter((each) => !stage || each === stage);
  const here = stages.filter(
    (each) => base(each, plan) && base(each, plan).at.has(at) && (stage || open(each, plan, at) || what === "open"),
  );
  if (!here.length) return `${words.unknownSchool}${words.colon}${Logic.short(id, 30)} ${stage || ""}`;
  for (const each of here) {
    const found = { do: what, school: at };
    if (what === "merge") Object.assign(found, { into: to, ...(where ? { site: where } : {}) });
    const before = data.views[each][plan].schools.seats[data.views[each][plan].schools.at.indexOf(at)] || 0;
    if (seats || more) found.seats = seats ? Number(seats) : Math.max(0, before + Number(more));
    if ((what === "expand" || seats) && !(found.seats > 0)) return `${words.seats}${words.colon}${seats || more}`;
    for (const key of ["reason", "year"]) if (rest[key]) found[key] = key === "year" ? Number(rest[key]) : rest[key];
    if (what === "expand" && Number(rest.classrooms) > 0) found.classrooms = Number(rest.classrooms);
    (edits[keyOf(each, plan)] ||= []).push(found);
  }
  return null;
}

const open = (stage, plan, at) => base(stage, plan).schools.open[base(stage, plan).at.get(at)] === 1;

// ---- out and in -------------------------------------------------------------------------------------------------

function save() {
  const file = new Blob([Yaml.write(scenario())], { type: "text/yaml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${data.plans[state.plan].id.replace(/[^\p{L}\p{N}_-]+/gu, "-")}-edits.yaml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Read a file's text; gives the faults.
function loadText(text) {
  try {
    return load(Yaml.read(text));
  } catch (error) {
    if (!(error instanceof Yaml.Fault)) throw error;
    return [`${words.notYaml} (${error.message})`];
  }
}

// In a notebook the scenario goes to and comes from Python (see widget.py).
const told = () =>
  window.parent !== window && window.parent.postMessage({ layoutPlanner: "scenario", scenario: scenario() }, "*");
Reader.listeners.push((changes) => ("edits" in changes || "seats" in changes) && told());
window.addEventListener("message", (event) => {
  if (event.source !== window.parent || event.source === window) return;
  if (event.data && event.data.layoutPlanner === "load") load(event.data.scenario);
});

const canUndo = () => past.length > 0;
const canRedo = () => future.length > 0;

export { decide, enlarge, fateOf, seatsOf, undo, redo, reset, scenario, save, load, loadText, canUndo, canRedo };
