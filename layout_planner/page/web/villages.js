// Every village of the stage as a table: to search, sort, pick; what the map shows, for those who do not see it.

import { data, gradesShown, likelyBoards, minutes, num, pick, said, state, township, view, words } from "./reader.js";
import { $, el, fill, name } from "./nodes.js";
import * as Find from "./find.js";
import * as Logic from "../../live/web/logic.js";

const MOST = 60;
const asked = { text: "", by: "minutes", more: false };

const BY = {
  minutes: (a, b) => (b.minutes ?? -1) - (a.minutes ?? -1),
  pupils: (a, b) => b.pupils - a.pupils,
  name: (a, b) => data.places.name[a.at].localeCompare(data.places.name[b.at], "zh"),
};

// Villages with children, those without a school among them, as they stand on the map.
function rowsOf(now) {
  const lost = Logic.missingPlaces(now),
    { at, school, pupils, minutes: means, board } = now.places;
  const rows = at.map((place, k) => ({ at: place, school: school[k], pupils: pupils[k], minutes: means[k], board: board[k] === 1, lost: lost.get(place) || 0 })); // prettier-ignore
  const known = new Set(at);
  for (const [place, n] of lost) if (!known.has(place)) rows.push({ at: place, school: -1, pupils: 0, minutes: null, board: false, lost: n }); // prettier-ignore
  const wanted = asked.text.trim();
  return rows
    .filter((row) => !wanted || Find.matches(data.places, row.at, wanted))
    .sort((a, b) => b.lost - a.lost || BY[asked.by](a, b) || a.at - b.at);
}

function render() {
  const box = $("places");
  if (!box.firstChild) box.append(...controls());
  for (const node of box.querySelectorAll("[data-option]")) node.textContent = words.villageSort[node.dataset.option];
  for (const id of ["findVillage", "byVillage"]) $(id).setAttribute("aria-label", id === "byVillage" ? words.sort : words.findVillage); // prettier-ignore
  $("findVillage").placeholder = words.findVillage;
  const now = view();
  if (!now.places) return fill($("villagesFound"), el("p", {}, words.notInPlan));
  const found = rowsOf(now),
    shown = asked.more ? found : found.slice(0, MOST);
  const heads = [words.village, words.township, words.pupilsHead, words.meanWay, words.school];
  return fill(
    $("villagesFound"),
    el("p", {}, said(words.villagesCounted, { n: num(found.length) }) + (gradesShown() ? ` · ${gradesShown()}` : "")),
    el(
      "table",
      { id: "villageTable" },
      el("caption", {}, words.villageCaption),
      el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)))), // prettier-ignore
      el("tbody", {}, shown.map(rowNode)),
    ),
    found.length > shown.length ? el("button", { type: "button", onclick: () => ((asked.more = true), render()) }, `${words.showAll} ${num(found.length)}`) : null,
  ); // prettier-ignore
}

function rowNode(row) {
  const way = row.board ? words.allBoard : minutes(row.minutes);
  const chosen = state.pick && state.pick.kind === "place" && state.pick.at === row.at;
  return el(
    "tr",
    { class: row.lost > 0.5 ? "bad" : "" },
    el("th", { scope: "row" }, el("button", { type: "button", class: "inline", "aria-pressed": String(Boolean(chosen)), onclick: () => pick("place", row.at, true) }, name(data.places.name[row.at]))), // prettier-ignore
    el("td", {}, el("bdi", {}, Logic.short(township(data.places, row.at), 16))),
    el("td", { class: "v" }, num(row.pupils + row.lost)),
    el("td", { class: "v" }, row.school < 0 ? "—" : way, likelyBoards(row.minutes) ? el("b", { class: "bad", title: words.likelyBoards }, " !") : null), // prettier-ignore
    el("td", {}, row.school < 0 ? words.noSchool : el("bdi", {}, Logic.short(data.schools.name[row.school], 20)), row.lost > 0.5 && row.school >= 0 ? ` · ${said(words.saysMissing, { n: num(row.lost) })}` : null), // prettier-ignore
  );
}

function controls() {
  const find = el("input", { id: "findVillage", type: "search", autocomplete: "off" });
  find.addEventListener("input", () => ((asked.text = find.value), (asked.more = false), render()));
  const by = el("select", { id: "byVillage" }, Object.keys(BY).map((key) => el("option", { value: key, "data-option": key }))); // prettier-ignore
  by.addEventListener("change", () => ((asked.by = by.value), render()));
  return [find, el("div", { class: "pair" }, by), el("div", { id: "villagesFound" })];
}

export { render };
