// Management districts: who belongs together, under which lead, how unlike its schools are; and the year slider.

import * as Logic from "./logic.js";
import { data, state, words, set, $, num, el, label, name, pick } from "./reader.js";

const mine = () => data.districts.find((each) => each.stage === state.stage) || null;

function render() {
  const found = mine();
  if (!found) return $("districts").replaceChildren(el("p", {}, words.noDistricts));
  const cards = found.districts.map((one) =>
    el(
      "details",
      { class: "district" },
      el(
        "summary",
        {},
        el("i", { style: `background:${found.colours[one.colour]}` }),
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
  return $("districts").replaceChildren(el("p", {}, `${label(found.status)}`), ...cards);
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
  if (!data.years || state.year === undefined || !data.years.load || !data.years.load[state.stage]) return null;
  const k = data.years.years.indexOf(state.year),
    { limits, colours } = data.style.load;
  if (k < 0) return null;
  return data.years.load[state.stage].map((values) =>
    values[k] === null ? null : colours[Logic.classOf(values[k], limits)],
  );
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
    box.append(el("b", { id: "yearText" }), slider, el("span", { id: "yearNote" }));
  }
  const at = Math.max(0, all.indexOf(state.year));
  $("year").value = String(at);
  $("year").setAttribute("aria-label", words.autumn);
  $("year").setAttribute("aria-valuetext", String(all[at]));
  $("yearText").textContent = String(state.year === undefined ? data.year : state.year);
  $("yearNote").textContent = data.years.plans ? words.byYearPlan : words.byYearLoad;
}

function go(year) {
  const changes = { year };
  if (data.years.plans && data.years.plans[year] !== undefined) changes.plan = data.years.plans[year];
  set(changes);
}

export { render, tints, years, mine };
