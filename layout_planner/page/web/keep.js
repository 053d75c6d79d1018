// Nothing lost: edits kept where the browser allows, a warning before leaving, this page saved with its edits, and a state
// short enough for a link.

import { addSpot, data, isNew, keyOf, listeners, num, said, set, spots, state, words } from "./reader.js";
import * as Changes from "./changes.js";
import { saveFile, fileName } from "./files.js";

const MARK = "layout-planner ";
let dirty = false,
  restored = 0;

// What makes this page this page: edits of another are not taken over.
const digest = (() => {
  const plans = data.plans.map((plan) => plan.id);
  return hashOf([data.title, data.year, ...plans, ...data.schools.id, data.places.id.length].join("|"));
})();

function hashOf(text) {
  let hash = 2166136261;
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 16777619);
  return (hash >>> 0).toString(36);
}

const count = (edits) => Object.values(edits).reduce((sum, each) => sum + each.length, 0);

// ---- short ----------------------------------------------------------------------------------------------------------

const DO = { close: "c", merge: "m", keep: "k", open: "o", expand: "e", pin: "p" };
const UNDO = Object.fromEntries(Object.entries(DO).map(([key, sign]) => [sign, key]));
const SITES = ["closed", "kindergarten", "campus", "teaching_point"];

// The state as a few letters: plan, rule, and by stage the edits, numbers to base 36. Reasons are too long for a link.
function shortState() {
  const b = (number) => Math.round(Number(number)).toString(36);
  const parts = data.stages.flatMap(({ id }, s) => {
    const edits = state.edits[keyOf(id, state.plan)] || [];
    if (!edits.length) return [];
    return [`${s}:${edits.map((edit) => written(edit, b)).join(",")}`];
  });
  const stage = data.stages.findIndex(({ id }) => id === state.stage);
  return [digest, b(state.plan), b(stage), state.seats ? "s" : "n", ...parts].join("~");
}

function written(edit, b) {
  const more = [
    edit.into === undefined ? "" : `>${where(edit.into, b)}`,
    edit.place === undefined ? "" : `@${b(edit.place)}`,
    edit.seats ? `=${b(edit.seats)}` : "",
    edit.site ? `!${SITES.indexOf(edit.site)}` : "",
    edit.grades ? `g${edit.grades}` : "",
  ];
  return `${DO[edit.do]}${where(edit.school, b)}${more.join("")}`;
}

// A school by its number; a new one by where it stands, since it gets a number of its own wherever it is opened.
const where = (school, b) =>
  isNew(school) ? `*${b(data.schools.lon[school] * 1e5)}.${b(data.schools.lat[school] * 1e5)}` : b(school);

// The same back; null where it is not of this page or not whole.
function fromShort(text) {
  const [mark, plan, stage, rule, ...parts] = text.split("~");
  const n = (digits) => parseInt(digits, 36);
  if (mark !== digest || !data.plans[n(plan)] || !data.stages[n(stage)]) return null;
  const edits = {};
  for (const part of parts) {
    const [s, list] = part.split(":");
    if (!data.stages[s] || !list) return null;
    const found = list.split(/,(?=[cmkoep])/).map((each) => readOne(each, n, data.stages[s].id));
    if (found.includes(null)) return null;
    edits[keyOf(data.stages[s].id, n(plan))] = found;
  }
  return { plan: n(plan), stage: data.stages[n(stage)].id, seats: rule !== "n", edits };
}

const SCHOOL = "[0-9a-z]+|\\*-?[0-9a-z]+\\.-?[0-9a-z]+";
const SHORT = new RegExp(
  `^([cmkoep])(${SCHOOL})(?:>(${SCHOOL}))?(?:@([0-9a-z]+))?(?:=([0-9a-z.]+))?(?:!(\\d))?(?:g([k0-9,-]{1,20}))?$`,
);

function readOne(text, n, stage) {
  const found = SHORT.exec(text);
  if (!found) return null;
  const [, what, school, into, place, seats, site, grades] = found;
  const at = (told) => {
    if (told[0] !== "*") return n(told);
    const [lon, lat] = told.slice(1).split(".");
    return addSpot(stage, n(lon) / 1e5, n(lat) / 1e5);
  };
  const edit = { do: UNDO[what], school: at(school) };
  if (into) edit.into = at(into);
  if (place) edit.place = n(place);
  if (seats) edit.seats = n(seats);
  if (site) edit.site = SITES[site];
  if (grades) edit.grades = grades;
  return isEdit(edit) ? edit : null;
}

// Whether an edit speaks of schools and places this page has; what was stored or sent may be anything.
function isEdit(edit) {
  const is = (layer, at) => Number.isInteger(at) && layer.id[at] !== undefined;
  return (
    Boolean(edit) &&
    edit.do in DO &&
    is(data.schools, edit.school) &&
    (edit.into === undefined || is(data.schools, edit.into)) &&
    (edit.do === "merge") === (edit.into !== undefined) &&
    (edit.do === "pin" ? is(data.places, edit.place) : edit.place === undefined) &&
    (edit.site === undefined || SITES.includes(edit.site)) &&
    (edit.seats === undefined || edit.seats === null || (Number.isFinite(edit.seats) && edit.seats > 0)) &&
    [edit.grades, edit.reason, edit.note].every((text) => text === undefined || typeof text === "string")
  );
}

// ---- kept -----------------------------------------------------------------------------------------------------------

// Storage may be forbidden (a frame, a strict browser): then there is only the warning.
function storage(what) {
  try {
    return what(window.localStorage);
  } catch {
    return null;
  }
}

function autosave(changes) {
  if (!("edits" in changes) && !("variants" in changes)) return;
  dirty = count(state.edits) > 0;
  // Written once the answer is painted, and at the latest when the page goes.
  if (waiting === null) waiting = setTimeout(write, 200);
}

// All there is to keep; new schools by where they stand.
const told = () => ({
  edits: state.edits,
  spots,
  plan: state.plan,
  seats: state.seats,
  stage: state.stage,
  variants: Changes.variants.map(({ name, plan, edits, seats }) => ({ name, plan, edits, seats })),
});

// A file saved with edits keeps its further edits apart from those of the page it was saved from.
const slot = () => {
  const node = document.getElementById("kept");
  return MARK + digest + (node ? ` ${hashOf(node.textContent)}` : "");
};

let waiting = null;
function write() {
  if (waiting === null) return;
  clearTimeout(waiting);
  waiting = null;
  const whole = JSON.stringify(told());
  const any = count(state.edits) || Changes.variants.length || document.getElementById("kept");
  storage((store) => (any ? store.setItem(slot(), whole) : store.removeItem(slot())));
}

const saved = () => {
  dirty = false;
};

// What is taken up when the page opens: a link's state, else what was kept here since, else what this very file was saved
// with.
function takeUp() {
  const inLink = /^#s=(.+)$/.exec(hashText());
  const link = inLink && fromShort(inLink[1]);
  if (inLink && !link) return words.linkNotOurs;
  const node = document.getElementById("kept");
  const own = link || !node ? null : parsed(node.textContent);
  const here = link ? null : parsed(storage((store) => store.getItem(slot())));
  const kept = link || here || own;
  if (!kept) return "";
  Object.assign(state, { edits: kept.edits, plan: kept.plan, seats: kept.seats, stage: kept.stage });
  Changes.variants.push(...(kept.variants || []));
  restored = count(kept.edits);
  if (!restored) return "";
  dirty = !own || Boolean(here);
  return here ? said(words.restored, { n: num(restored) }) : "";
}

// What stands behind "#"; a broken one is none.
function hashText() {
  try {
    return decodeURIComponent(window.location.hash || "");
  } catch {
    return "";
  }
}

// A stored state, its new schools put on the map; null where it is not whole.
function parsed(text) {
  try {
    const found = JSON.parse(text || "null");
    const stage = (id) => data.stages.some((each) => each.id === id);
    if (!found || !found.edits || !data.plans[found.plan] || !stage(found.stage)) return null;
    for (const spot of found.spots || [])
      if (stage(spot.stage)) addSpot(spot.stage, Number(spot.lon), Number(spot.lat));
    const variants = (found.variants || []).filter(({ name, plan, edits }) => typeof name === "string" && data.plans[plan] && whole(edits)); // prettier-ignore
    return whole(found.edits) ? { ...found, variants } : null;
  } catch {
    return null;
  }
}

// Edits by "stage plan", each of this page.
const whole = (edits) =>
  Object.entries(edits).every(([key, each]) => {
    const [stage, plan] = key.split(" ");
    return data.live[stage] && data.plans[plan] && Array.isArray(each) && each.every(isEdit);
  });

// Another window changes the same page: both keep here, and the later one stays. The reader is told.
function elsewhere(event) {
  if (event.key !== slot() || event.newValue === null) return;
  const box = document.getElementById("restored");
  box.textContent = words.otherWindow;
  box.hidden = false;
}

function hang() {
  listeners.push(autosave);
  window.addEventListener("pagehide", write);
  window.addEventListener("storage", elsewhere);
  document.addEventListener("visibilitychange", () => document.hidden && write());
  window.addEventListener("beforeunload", (event) => {
    if (!dirty || window.parent !== window) return;
    event.preventDefault();
    event.returnValue = ""; // older browsers ask only so
  });
}

// ---- handed on --------------------------------------------------------------------------------------------------------

// The page as it came, and the reader's edits in it: a new file that opens without internet. The parts this page filled
// go back to what they were; scripts stay to the letter, or their hashes would not fit.
let pristine = null;
const remember = () => {
  pristine = document.getElementById("app").cloneNode(true);
};

function savePage() {
  const whole = document.documentElement.cloneNode(true);
  whole.querySelector("#app").replaceWith(pristine.cloneNode(true));
  for (const extra of whole.querySelectorAll("#kept, #pack, #paper")) extra.remove();
  const kept = document.createElement("script");
  kept.id = "kept";
  kept.type = "application/json";
  kept.textContent = JSON.stringify({ ...told(), lang: state.lang }).replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`); // prettier-ignore
  whole.querySelector("#data").after(kept);
  saveFile(fileName("edited.html"), [`<!DOCTYPE html>\n${whole.outerHTML}\n`], "text/html");
  saved();
  return words.pageSaved;
}

// The address of this page with the state in it; where the clipboard is closed the address bar has it.
async function copyLink() {
  const hash = `#s=${shortState()}`;
  try {
    window.history.replaceState(null, "", hash);
  } catch {
    return hash;
  }
  try {
    await navigator.clipboard.writeText(window.location.href);
    return words.linkCopied;
  } catch {
    return said(words.linkInBar, { link: hash });
  }
}

// Take over a state somebody typed, scanned or pasted: a link, or what stands behind its "#s=".
function paste(text) {
  const found = fromShort(text.trim().replace(/^.*#s=/, ""));
  if (!found) return words.linkNotOurs;
  const { edits, ...more } = found;
  Changes.replaceAll(edits, { ...more, pick: null });
  return said(words.pasted, { n: num(count(edits)) });
}

// What a QR code holds: the address where the page lies on a server, else the state alone.
const address = () => {
  const { origin, pathname, protocol } = window.location;
  return (/^https?:/.test(protocol) ? origin + pathname : "") + `#s=${shortState()}`;
};

// Forget what was kept here.
function forget() {
  Changes.replaceAll({});
  set({});
}

export { hang, takeUp, remember, savePage, copyLink, saved, shortState, fromShort, paste, address, forget };
