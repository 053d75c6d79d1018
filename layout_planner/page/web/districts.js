// Management districts: who belongs together, under which lead, how unlike its schools are; and the year slider.

import * as Logic from "../../live/web/logic.js";
import { data, label, num, pick, said, scene, set, stageName, state, words } from "./reader.js";
import { $, el, fill, name } from "./nodes.js";
import * as Years from "./years.js";

const mine = () => data.districts.find((each) => each.stage === state.stage) || null;

function render() {
  const found = mine();
  if (!found) return fill($("districts"), el("p", {}, words.noDistricts));
  const cards = found.districts.map((one, k) =>
    el(
      "details",
      { class: "district" },
      el(
        "summary",
        {},
        el("i", { style: `background:${found.colours[one.colour]}` }),
        `${k + 1}. `,
        name(one.lead < 0 ? one.id : data.schools.name[one.lead]),
        el("small", {}, ` · ${num(one.schools.length)} ${words.schoolsUnit} · ${num(one.pupils)} ${words.people}`),
      ),
      facts(one),
      el(
        "ul",
        { class: "rows" },
        ...one.schools.map((at) =>
          el(
            "li",
            {},
            el(
              "button",
              { type: "button", onclick: () => pick("school", at, true) },
              el("span", { class: "n" }, at === one.lead ? "★" : "·"),
              name(data.schools.name[at]),
            ),
          ),
        ),
      ),
    ),
  );
  const white = found.of.includes(-1) ? el("p", { id: "splitTowns" }, words.splitTowns) : null;
  return fill($("districts"), el("p", {}, `${label(found.status)}`), ...cards, white);
}

function facts(one) {
  const list = el("dl");
  const row = (key, text) => text && list.append(el("dt", {}, key), el("dd", {}, text));
  row(words.lead, one.lead < 0 ? words.none : data.schools.name[one.lead]);
  row(words.members, one.units.join(words.comma));
  row(words.population, one.population === null ? "" : num(one.population));
  row(words.childrenHere, num(one.pupils));
  if (one.difference !== null) row(`${words.inside} (${num(one.indicators)})`, num(one.difference, 3));
  return list;
}

// The colour of each township: its district's while that tab or layer is on, else the forecast's load of the year.
function tints() {
  const found = mine();
  if (found && (state.tab === "districts" || state.layers.districts))
    return found.of.map((at) => (at < 0 ? null : found.colours[found.districts[at].colour]));
  const rows = state.year === undefined ? null : Years.townships(),
    { limits, colours } = data.style.load;
  if (!rows) return null;
  return rows.map(({ pupils, seats }) => {
    const load = loadOf(pupils, seats);
    return load === null ? null : colours[Logic.classOf(load, limits)];
  });
}

// Where children live and no seats are, nothing is fuller.
const loadOf = (pupils, seats) =>
  pupils === null || seats === null ? null : seats > 0 ? pupils / seats : pupils > 0 ? Infinity : null;

// The townships in the year of the slider, as a table: who has more children than seats comes first.
function yearTable() {
  const rows = state.year === undefined ? null : Years.townships();
  if (!rows) return fill($("yearTable"));
  const known = rows.filter(({ pupils }) => pupils !== null);
  const gap = ({ pupils, seats }) => (seats === null ? -Infinity : pupils - seats);
  const body = known
    .sort((a, b) => gap(b) - gap(a) || a.at - b.at)
    .map(({ at, pupils, seats }) =>
      el(
        "tr",
        { class: seats !== null && pupils - seats > 0.5 ? "bad" : "" },
        el("td", {}, name(data.townships.name[at])),
        el("td", {}, num(pupils)),
        el("td", {}, seats === null ? words.unknown : num(seats)),
        el("td", {}, seats === null ? "—" : pupils - seats > 0.5 ? said(words.lacks, { n: num(pupils - seats) }) : ""),
      ),
    );
  const sum = (key) => (known.some((row) => row[key] === null) ? null : known.reduce((all, row) => all + row[key], 0));
  const [pupils, seats] = [sum("pupils"), sum("seats")];
  const total = [words.total, num(pupils), seats === null ? words.unknown : num(seats), seats !== null && pupils - seats > 0.5 ? said(words.lacks, { n: num(pupils - seats) }) : ""]; // prettier-ignore
  const heads = [words.township, words.pupilsHead, words.seats, ""].map((text) => el("th", { scope: "col" }, text));
  return fill(
    $("yearTable"),
    el("h2", {}, el("span", {}, words.byYearLoad), el("small", {}, `${stageName()} · ${state.year}`)),
    el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, el("tr", { class: "strong" }, total.map((text) => el("td", {}, text))), body)), // prettier-ignore
    el("p", {}, words.yearNote),
  );
}

// The number of each district, where its townships lie.
function numbers() {
  const found = mine();
  if (!found || !(state.tab === "districts" || state.layers.districts)) return null;
  return found.districts.flatMap((_, k) => {
    const at = found.of.map((of, township) => (of === k ? township : -1)).filter((township) => township >= 0);
    if (!at.length) return [];
    const middle = [0, 1].map(
      (axis) => at.reduce((sum, township) => sum + scene.townships.at[township][axis], 0) / at.length,
    );
    const far = (township) => Math.hypot(...scene.townships.at[township].map((value, axis) => value - middle[axis]));
    const nearest = at.reduce((best, township) => (far(township) < far(best) ? township : best));
    return [{ at: scene.townships.at[nearest], text: String(k + 1) }];
  });
}

// ---- the year slider --------------------------------------------------------------------------------------------

function years() {
  const box = $("years");
  box.hidden = !data.years;
  if (!data.years) return;
  const all = data.years.years;
  if (!box.firstChild) {
    const slider = el("input", { type: "range", min: 0, max: all.length - 1, step: 1, id: "year" });
    slider.addEventListener("input", () => go(all[Number(slider.value)]));
    const back = el("button", { type: "button", id: "yearNow", onclick: () => set({ year: undefined }) });
    box.append(el("b", { id: "yearText" }), slider, el("span", { id: "yearNote" }), back);
  }
  const at = Math.max(0, all.indexOf(state.year));
  $("year").value = String(at);
  $("year").setAttribute("aria-label", words.autumn);
  $("year").setAttribute("aria-valuetext", String(all[at]));
  $("yearText").textContent = String(state.year === undefined ? data.year : state.year);
  $("yearNote").textContent = data.years.plans ? words.byYearPlan : words.byYearLoad;
  $("yearNow").hidden = state.year === undefined;
  $("yearNow").textContent = words.backToPlan;
}

function go(year) {
  const changes = { year };
  if (data.years.plans && data.years.plans[year] !== undefined) changes.plan = data.years.plans[year];
  set(changes);
}

export { render, tints, numbers, years, yearTable, mine };
