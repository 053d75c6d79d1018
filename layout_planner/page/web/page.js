// Hangs the parts together: the bar on top, what happens on a choice, the start.

import * as Logic from "../../live/web/logic.js";
import { comparing, data, label, listeners, modeName, pick, set, state, view, words } from "./reader.js";
import { $, el, fill } from "./nodes.js";
import { allEdits } from "./told.js";
import * as Atlas from "./atlas.js";
import * as Band from "./band.js";
import * as Changes from "./changes.js";
import * as Districts from "./districts.js";
import * as Hand from "./hand.js";
import * as Keep from "./keep.js";
import * as Lasso from "./lasso.js";
import * as Legend from "./legend.js";
import * as Pack from "./pack.js";
import * as Panel from "./panel.js";
import * as Paper from "./paper.js";
import * as Phone from "./phone.js";
import * as Scenario from "./scenario.js";
import * as Sheets from "./sheets.js";

function head() {
  $("title").textContent = data.title;
  $("subtitle").textContent = `${words.layout} · ${data.year}${words.year && ` ${words.year}`}`;
  $("simulated").textContent = words.simulated;
  $("simulated").hidden = !data.simulated;
  const at = data.stages.findIndex((stage) => stage.id === state.stage);
  choices("stages", data.stages.map(label), at, (k) => set({ stage: data.stages[k].id, pick: null }));
  const plans = data.plans.map((plan, k) => k).filter((k) => !data.plans[k].hidden);
  const names = plans.map((k) => label(data.plans[k]) + (allEdits(k).length ? ` ●${allEdits(k).length}` : ""));
  choices("plans", names, plans.indexOf(state.plan), (k) => set({ plan: plans[k] }));
  $("compare").hidden = !comparing();
  $("compare").setAttribute("aria-pressed", String(state.swipe !== null));
}

function choices(id, names, chosen, onchoose) {
  const buttons = names.map((text, k) =>
    el(
      "button",
      { type: "button", title: text, "aria-pressed": String(k === chosen), onclick: () => onchoose(k) },
      text,
    ),
  );
  fill($(id), buttons);
}

// What stands behind the picture: only what is really there is named.
function source() {
  const layers = [
    data.townships.shape.some((parts) => parts.length) ? words.townshipBorders : "",
    data.roads.length ? words.roads : "",
    data.water.length ? words.water : "",
  ].filter(Boolean);
  const parts = [
    `${words.source}${words.colon}${Logic.short(data.title, 40)} ${data.year}`,
    `${words.base}${words.colon}${words[data.demand] || data.demand}`,
    `${words.wayLength}${words.colon}${modeName()}`,
    layers.length ? `${words.background}${words.colon}${layers.join(words.listed)}` : "",
  ].filter(Boolean);
  if (data.simulated) parts.push(words.simulated);
  // What must be said fits one line or folds away; on paper all of it stands.
  const told = data.statements.map((text) => label(text)),
    long = told.join("").length > 90;
  if (!long) parts.push(...told);
  const more = long ? el("details", { open: Paper.onPaper() }, el("summary", {}, `${words.notes} · ${told.length}`), told.map((text) => el("p", {}, text))) : null; // prettier-ignore
  fill($("source"), parts.join("　·　"), more);
}

// An edit is answered at once: the figures first; card, legend and picture follow with the next frame, then all the rest.
// What an edit does not touch (the bar's words, the source, the tabs) is left as it is.
let waiting = null;
function respond(changes) {
  const edit = "edits" in changes || "seats" in changes;
  if (!edit || "plan" in changes || "stage" in changes) return render(changes);
  const focused = document.activeElement && document.activeElement.id;
  Band.render();
  Panel.answer();
  refocus(focused);
  if (waiting === null)
    waiting = requestAnimationFrame(() => {
      waiting = null;
      follow();
      setTimeout(Panel.rest);
    });
  return undefined;
}

function follow() {
  const focused = document.activeElement && document.activeElement.id;
  head();
  Hand.render();
  Lasso.render();
  Panel.card();
  Legend.render();
  Atlas.draw();
  refocus(focused);
}

// What was pressed has been made anew; the keyboard stays where it was.
function refocus(id) {
  if (id && $(id) && document.activeElement !== $(id)) $(id).focus({ preventScroll: true });
}

function render(changes = {}) {
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", words[node.dataset.label]);
  const focused = document.activeElement && document.activeElement.id;
  head();
  source();
  Band.render();
  Hand.render();
  Lasso.render();
  Panel.render();
  Districts.years();
  Legend.render();
  if (changes.lang) Atlas.speak();
  Atlas.draw();
  refocus(focused);
  if (!changes.pick) return;
  document.querySelector(".panel").scrollTop = 0;
  if (window.innerWidth <= 820) Phone.show();
  if (changes.show) Atlas.show(changes.pick.kind, changes.pick.at);
}

// Undo and redo by the keys everyone knows, but not while something is typed.
function keys(event) {
  if (event.key === "Escape") set(state.hand ? { hand: null } : { pick: null });
  if (document.activeElement === $("map") && event.key in STEPS) return STEPS[event.key]();
  if (!(event.ctrlKey || event.metaKey) || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) Changes.undo();
  else if (key === "y" || (key === "z" && event.shiftKey)) Changes.redo();
  else return;
  event.preventDefault();
}

// With the map in focus N and P go from school to school, the largest first, V and B from village to village, the longest
// way first; the card is read out.
const STEPS = {
  n: () => step("school", 1),
  p: () => step("school", -1),
  v: () => step("place", 1),
  b: () => step("place", -1),
};

function step(kind, by) {
  const { at, ...columns } = kind === "school" ? view().schools : view().places || { at: [] },
    worth = columns[kind === "school" ? "roll" : "minutes"];
  if (!at.length) return;
  const order = at.map((_, k) => k).sort((a, b) => (worth[b] || 0) - (worth[a] || 0) || a - b);
  const now = state.pick && state.pick.kind === kind ? order.indexOf(at.indexOf(state.pick.at)) : by > 0 ? -1 : 0;
  pick(kind, at[order[(now + by + order.length) % order.length]], true);
}

const { toPaper, toScreen } = Paper.making(render);

function start() {
  Keep.remember();
  $("tooOld").remove();
  const notice = Keep.takeUp();
  if (data.sheets.length && state.tab === "sheets" && !allEdits().length) Sheets.open(0);
  if (notice && allEdits().length) set({ tab: "overview" });
  Atlas.once(() => {
    Atlas.hang();
    Atlas.hangSwipe();
    render();
    Atlas.fit(); // only now has the page its final measures: texts wrap as they like
    Legend.render();
  });
  listeners.push(respond);
  Keep.hang();
  Phone.hang();
  Scenario.talk();
  new ResizeObserver(() => Paper.onPaper() || Atlas.settle()).observe($("map"));
  $("print").addEventListener("click", () => window.print());
  $("pack4").addEventListener("click", () => Pack.print());
  $("language").addEventListener("click", () => set({ lang: state.lang === "zh" ? "en" : "zh" }));
  $("compare").addEventListener("click", () => set({ swipe: state.swipe === null ? 0.5 : null }));
  window.addEventListener("beforeprint", () => Pack.printing() || toPaper());
  window.addEventListener("afterprint", () => (Pack.printing() ? Pack.done() : toScreen()));
  document.addEventListener("keydown", keys);
  if (notice) {
    fill($("restored"), el("span", {}, notice), el("button", { type: "button", onclick: () => ($("restored").hidden = true) }, words.close), allEdits().length ? el("button", { type: "button", id: "forget", onclick: () => (($("restored").hidden = true), Keep.forget()) }, words.forget) : null); // prettier-ignore
    $("restored").hidden = false;
  }
}

start();
const map = Atlas.leaflet();
const found = Atlas.found;

export { state, data, set, pick, map, found, toPaper, toScreen };
