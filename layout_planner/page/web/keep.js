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
  let hash = 2166136261;
  const text = [
    data.title,
    data.year,
    ...data.plans.map((plan) => plan.id),
    ...data.schools.id,
    data.places.id.length,
  ].join("|");
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 16777619);
  return (hash >>> 0).toString(36);
})();

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
    edit.into === undefined ? "" : `>${b(edit.into)}`,
    edit.place === undefined ? "" : `@${b(edit.place)}`,
    edit.seats ? `=${b(edit.seats)}` : "",
    edit.site ? `!${SITES.indexOf(edit.site)}` : "",
    isNew(edit.school) ? `*${b(data.schools.lon[edit.school] * 1e5)}.${b(data.schools.lat[edit.school] * 1e5)}` : "",
    edit.grades ? `g${edit.grades}` : "",
  ];
  return `${DO[edit.do]}${b(edit.school)}${more.join("")}`;
}

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

function readOne(text, n, stage) {
  const found =
    /^([cmkoep])([0-9a-z]+)(?:>([0-9a-z]+))?(?:@([0-9a-z]+))?(?:=([0-9a-z.]+))?(?:!(\d))?(?:\*(-?[0-9a-z]+)\.(-?[0-9a-z]+))?(?:g(.+))?$/.exec(
      text,
    );
  if (!found) return null;
  const [, what, school, into, place, seats, site, lon, lat, grades] = found;
  const edit = { do: UNDO[what], school: lon ? addSpot(stage, n(lon) / 1e5, n(lat) / 1e5) : n(school) };
  if (into) edit.into = n(into);
  if (place) edit.place = n(place);
  if (seats) edit.seats = n(seats);
  if (site) edit.site = SITES[site];
  if (grades) edit.grades = grades;
  const known =
    data.schools.id[edit.school] !== undefined && (into === undefined || data.schools.id[edit.into] !== undefined);
  return known && (place === undefined || data.places.id[edit.place] !== undefined) ? edit : null;
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
  if (!("edits" in changes)) return;
  dirty = count(state.edits) > 0;
  // Written once the answer is painted, and at the latest when the page goes.
  if (waiting === null) waiting = setTimeout(write, 200);
}

// All there is to keep; new schools by where they stand.
const told = () => ({ edits: state.edits, spots, plan: state.plan, seats: state.seats, stage: state.stage });

let waiting = null;
function write() {
  if (waiting === null) return;
  clearTimeout(waiting);
  waiting = null;
  const whole = JSON.stringify(told());
  storage((store) => (count(state.edits) ? store.setItem(MARK + digest, whole) : store.removeItem(MARK + digest)));
}

const saved = () => {
  dirty = false;
};

// What is taken up when the page opens: a link's state, else what this very file was saved with, else what was kept here.
function takeUp() {
  const inLink = /^#s=(.+)$/.exec(decodeURIComponent(window.location.hash || ""));
  const link = inLink && fromShort(inLink[1]);
  const node = document.getElementById("kept");
  const own = node ? JSON.parse(node.textContent) : null;
  const kept = link || own || parsed(storage((store) => store.getItem(MARK + digest)));
  if (inLink && !link) return words.linkNotOurs;
  if (!kept || !count(kept.edits)) return "";
  for (const { stage, lon, lat } of kept.spots || []) addSpot(stage, lon, lat);
  Object.assign(state, { edits: kept.edits, plan: kept.plan, seats: kept.seats, stage: kept.stage });
  restored = count(kept.edits);
  dirty = !own;
  return link || own ? "" : said(words.restored, { n: num(restored) });
}

function parsed(text) {
  try {
    const found = JSON.parse(text || "null");
    return found && found.edits && data.plans[found.plan] && data.stages.some(({ id }) => id === found.stage)
      ? found
      : null;
  } catch {
    return null;
  }
}

function hang() {
  listeners.push(autosave);
  window.addEventListener("pagehide", write);
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
