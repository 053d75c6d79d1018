// Every school of the stage beside the map: to search, filter, sort and decide on.

import * as Logic from "../../live/web/logic.js";
import { STATE } from "../../live/web/logic.js";
import { base, data, num, pick, said, township, view, words } from "./reader.js";
import { $, el, fill, name } from "./nodes.js";
import * as Changes from "./changes.js";
import * as Find from "./find.js";

const MOST = 60;
const asked = { text: "", only: "all", by: "roll", more: false };

const ONLY = {
  all: () => true,
  open: (row) => row.state === STATE.open,
  over: (row) => row.load !== null && row.load > 1,
  small: (row, now) => row.state === STATE.open && row.roll > 0 && least(now) !== null && row.roll < least(now),
  ended: (row) => row.state === STATE.ended,
  closed: (row) => row.state === STATE.closed || row.state === STATE.planned || row.state === STATE.site,
  edited: (row) => Changes.fateOf(row.at) !== null || Changes.seatsOf(row.at) !== null,
};
const least = (now) => {
  const rule = now.start && now.start.block.limits.leastRoll;
  return rule ? rule.value : null;
};
const BY = {
  roll: (a, b) => (b.roll || 0) - (a.roll || 0),
  load: (a, b) => (b.load || 0) - (a.load || 0),
  name: (a, b) => data.schools.name[a.at].localeCompare(data.schools.name[b.at], "zh"),
  free: (a, b) => free(b) - free(a),
};
const free = (row) => (row.state === STATE.open && row.seats !== null ? row.seats - (row.roll || 0) : -1e9);

function rowsOf(now) {
  const { at, state: states, roll, seats } = now.schools;
  const wanted = asked.text.trim().toLowerCase();
  return at
    .map((school, k) => ({
      at: school,
      state: states[k],
      roll: roll[k],
      seats: seats[k],
      load: Logic.load(roll[k], seats[k]),
    }))
    .filter((row) => ONLY[asked.only](row, now))
    .filter((row) => !wanted || Find.matches(data.schools, row.at, wanted))
    .sort((a, b) => BY[asked.by](a, b) || a.at - b.at);
}

function schools() {
  const box = $("schools");
  if (!box.firstChild) box.append(...controls());
  for (const node of box.querySelectorAll("[data-option]")) node.textContent = optionText(node.dataset.option);
  $("find").placeholder = words.find;
  $("find").setAttribute("aria-label", words.find);
  $("only").setAttribute("aria-label", words.filter);
  $("by").setAttribute("aria-label", words.sort);
  const found = rowsOf(view());
  const shown = asked.more ? found : found.slice(0, MOST);
  fill(
    $("found"),
    el("p", {}, `${num(found.length)} ${words.schoolsFound}`),
    villagesFound(),
    el("ul", { class: "rows" }, ...shown.map(schoolRow)),
    found.length > shown.length
      ? el(
          "button",
          { type: "button", onclick: () => ((asked.more = true), schools()) },
          `${words.showAll} ${num(found.length)}`,
        )
      : null,
  );
}

function optionText(key) {
  const text = words.options[key];
  const rule = least(view());
  return key === "only small" && rule !== null ? said(text, { n: num(rule) }) : text;
}

function controls() {
  const find = el("input", { id: "find", type: "search", autocomplete: "off" });
  find.addEventListener("input", () => ((asked.text = find.value), (asked.more = false), schools()));
  const choose = (id, keys, what) => {
    const node = el(
      "select",
      { id },
      ...keys.map((key) => el("option", { value: key, "data-option": `${id} ${key}` })),
    );
    node.addEventListener("change", () => (what(node.value), schools()));
    return node;
  };
  return [
    find,
    el(
      "div",
      { class: "pair" },
      choose("only", Object.keys(ONLY), (key) => (asked.only = key)),
      choose("by", Object.keys(BY), (key) => (asked.by = key)),
    ),
    el("div", { id: "found" }),
  ];
}

function schoolRow(row) {
  const fate = Changes.fateOf(row.at),
    runs = row.state === STATE.open;
  const load = row.load === null ? "" : `${num(row.load * 100)}%`;
  const can = base() && base().at.has(row.at);
  const act = !can
    ? null
    : runs
      ? fate === "open"
        ? null
        : "close"
      : fate === "close" || fate === "merge"
        ? null
        : "open";
  const text = act === "close" ? words.toClose : act === "open" ? words.toOpen : words.takeBack;
  return el(
    "li",
    {},
    el(
      "span",
      { class: "row school" },
      el(
        "button",
        { type: "button", class: "plain", onclick: () => pick("school", row.at, true) },
        name(data.schools.name[row.at]),
      ),
      el(
        "span",
        { class: `v ${row.load > 1 ? "bad" : ""}` },
        runs ? `${num(row.roll)} / ${row.seats === null ? "?" : num(row.seats)} ${load}` : words.states[row.state],
      ),
      !can || fate === "keep"
        ? el("span", { class: "sub1" }, fate === "keep" ? words.isKept : "")
        : el(
            "button",
            { type: "button", class: "act", "data-school": String(row.at), onclick: () => Changes.decide(row.at, act) },
            text,
          ),
      el("span", { class: "sub" }, Logic.short(township(data.schools, row.at), 20)),
    ),
  );
}

// Villages, townships and coordinates that answer to what is typed.
function villagesFound() {
  const wanted = asked.text.trim();
  if (!wanted) return null;
  const found = Find.elsewhere(wanted);
  if (!found.length) return null;
  const items = found.map(
    ({ title, sub, go }) =>
    el("li", {}, el("button", { type: "button", onclick: go }, el("span", {}, "⌖"), name(title), el("span", { class: "v" }), el("span", { class: "sub" }, sub))), // prettier-ignore
  );
  return el("ul", { class: "rows", id: "placesFound" }, ...items);
}

export { schools };
