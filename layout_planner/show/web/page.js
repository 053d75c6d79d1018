// Hangs the parts together: the bar on top, what happens on a choice, printing, the start.

import * as Logic from "./logic.js";
import { data, state, words, set, $, label, el, comparing, modeName, pick } from "./reader.js";
import * as Reader from "./reader.js";
import * as Changes from "./changes.js";
import * as Districts from "./districts.js";
import * as Sheets from "./sheets.js";
import * as Atlas from "./atlas.js";
import * as Legend from "./legend.js";
import * as Panel from "./panel.js";

function head() {
  $("title").textContent = data.title;
  $("subtitle").textContent = `${words.layout} · ${data.year}${words.year && ` ${words.year}`}`;
  $("simulated").textContent = words.simulated;
  $("simulated").hidden = !data.simulated;
  const at = data.stages.findIndex((stage) => stage.id === state.stage);
  choices("stages", data.stages.map(label), at, (k) => set({ stage: data.stages[k].id, pick: null }));
  const plans = data.plans.map((plan, k) => k).filter((k) => !data.plans[k].hidden);
  choices("plans", plans.map((k) => label(data.plans[k])), plans.indexOf(state.plan), (k) => set({ plan: plans[k] })); // prettier-ignore
  $("compare").hidden = !comparing();
  $("compare").setAttribute("aria-pressed", String(state.swipe !== null));
}

function choices(id, names, chosen, onchoose) {
  $(id).replaceChildren(
    ...names.map((text, k) =>
      el(
        "button",
        { type: "button", title: text, "aria-pressed": String(k === chosen), onclick: () => onchoose(k) },
        text,
      ),
    ),
  );
}

// What stands behind the picture: only what is really there is named.
function source() {
  const layers = [
    data.townships.name.length ? words.townshipBorders : "",
    data.roads.length ? words.roads : "",
    data.water.length ? words.water : "",
  ].filter(Boolean);
  const parts = [
    `${words.source}${words.colon}${Logic.short(data.title, 40)} ${data.year}`,
    `${words.base}${words.colon}${words[data.demand] || data.demand}`,
    `${words.wayLength}${words.colon}${modeName()}`,
    layers.length ? `${words.background}${words.colon}${layers.join(words.listed)}` : "",
    document.body.classList.contains("printing")
      ? `${words.made} ${new Date().toLocaleDateString(state.lang === "zh" ? "zh-CN" : "en-GB")}`
      : "",
  ].filter(Boolean);
  if (data.simulated) parts.push(words.simulated);
  parts.push(...data.statements.map((text) => label(text)));
  $("source").textContent = parts.join("　·　");
}

// An edit is answered at once: the figures first; lists, legend and picture follow with the next frame.
let waiting = null;
function respond(changes) {
  const edit = "edits" in changes || "seats" in changes;
  if (!edit || "plan" in changes) return render(changes);
  Panel.answer();
  if (waiting === null)
    waiting = requestAnimationFrame(() => {
      waiting = null;
      render();
    });
  return undefined;
}

function render(changes = {}) {
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", words[node.dataset.label]);
  const focused = document.activeElement && document.activeElement.id;
  head();
  source();
  Panel.render();
  Districts.years();
  Legend.render();
  Atlas.draw();
  // What was pressed has been made anew; the keyboard stays where it was.
  if (focused && $(focused) && document.activeElement !== $(focused)) $(focused).focus({ preventScroll: true });
  if (!changes.pick) return;
  document.querySelector(".panel").scrollTop = 0;
  if (window.innerWidth <= 820) $("card").scrollIntoView({ block: "nearest" });
  if (changes.show) Atlas.show(changes.pick.kind, changes.pick.at);
}

// A canvas cannot follow the paper's size by itself: before printing the page takes the sheet's measures; afterwards
// all is as it was. What finds no room beside the map is left out, the longest lists first.
let back = null;
function toPaper() {
  if (back) return;
  const open = $("legend").open;
  document.body.classList.add("printing");
  $("legend").open = true;
  render();
  const panel = document.querySelector(".panel");
  const crowded = () => panel.scrollHeight > panel.clientHeight;
  for (const id of ["table", "bench"]) $(id).hidden = true;
  for (const id of ["far", "closures", "card"])
    while (crowded() && $(id).querySelector("li")) {
      const items = $(id).querySelectorAll("li");
      items[items.length - 1].remove();
      $(id).classList.add("cut");
    }
  for (const id of ["far", "certainty", "histogram"]) if (crowded()) $(id).hidden = true;
  const mapBack = Atlas.toPaper();
  Legend.render();
  back = () => {
    document.body.classList.remove("printing");
    for (const id of ["table", "bench", "far", "histogram", "certainty", "closures", "card"]) {
      $(id).hidden = false;
      $(id).classList.remove("cut");
    }
    $("legend").open = open;
    mapBack();
    render();
  };
}

function toScreen() {
  if (back) back();
  back = null;
}

// Undo and redo by the keys everyone knows, but not while something is typed.
function keys(event) {
  if (event.key === "Escape") set({ pick: null });
  if (!(event.ctrlKey || event.metaKey) || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) Changes.undo();
  else if (key === "y" || (key === "z" && event.shiftKey)) Changes.redo();
  else return;
  event.preventDefault();
}

function start() {
  Atlas.hang();
  Atlas.hangSwipe();
  render();
  Atlas.fit(); // only now has the page its final measures: texts wrap as they like
  Legend.render();
  Reader.listeners.push(respond);
  new ResizeObserver(() => back || Atlas.settle()).observe($("map"));
  $("print").addEventListener("click", () => window.print());
  $("language").addEventListener("click", () => set({ lang: state.lang === "zh" ? "en" : "zh" }));
  $("compare").addEventListener("click", () => set({ swipe: state.swipe === null ? 0.5 : null }));
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  document.addEventListener("keydown", keys);
  if (data.sheets.length && state.tab === "sheets") Sheets.open(0);
}

start();

const map = Atlas.leaflet();
const found = Atlas.found;

export { state, data, set, pick, map, found, toPaper, toScreen };
