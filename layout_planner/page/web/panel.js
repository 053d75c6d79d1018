// The panel beside the map: its tabs, and the overview with figures, workbench and lists.

import * as Logic from "../../live/web/logic.js";
import * as Draw from "./draw.js";
import {
  comparing,
  data,
  gradesShown,
  label,
  likelyBoards,
  metres,
  minutes,
  num,
  people,
  pick,
  reference,
  set,
  state,
  township,
  view,
  words,
} from "./reader.js";
import { ALL } from "../../live/web/views.js";
import { $, el, fill, name } from "./nodes.js";
import { affected } from "../../live/web/affected.js";
import * as Tiles from "./tiles.js";
import * as Card from "./card.js";
import * as Bench from "./bench.js";
import * as Histogram from "./histogram.js";
import * as Lists from "./lists.js";
import * as Findings from "./findings.js";
import * as Districts from "./districts.js";
import * as Sheets from "./sheets.js";
import * as Villages from "./villages.js";

// What is known, with dots between.
const dotted = (...parts) => parts.filter((part) => part && part !== "—").join(" · ");
const { section } = Tiles;

function certainty() {
  const { status, live } = view();
  if (live) return fill($("certainty"), el("p", {}, words.liveNote));
  if (!status) return fill($("certainty"));
  const lines = [
    el("strong", {}, label(status.known)),
    el("p", {}, `${words.method}${words.colon}${label(status.method)}`),
  ];
  if (status.unplaced > 0)
    lines.push(el("p", { class: "bad" }, `${words.unplaced}${words.colon}${people(status.unplaced)}`));
  const notes = status.notes.map((note) => el("p", {}, label(note)));
  const onPaper = document.body.classList.contains("printing");
  // Many notes fold away; they matter, but not to everyone.
  lines.push(
    notes.length < 3
      ? notes
      : el("details", { open: onPaper }, el("summary", {}, `${words.notes} · ${num(notes.length)}`), ...notes),
  );
  return fill($("certainty"), lines);
}

function farthest() {
  const { places } = view();
  const ranked = Logic.farthest(view(), Draw.FAR_COUNT);
  const unknown = places ? Logic.wayCounts(view(), []).unknown : 0;
  const items = ranked.map((k, n) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => pick("place", places.at[k], true) },
        el("span", { class: "n" }, String(n + 1)),
        el("span", {}, name(data.places.name[places.at[k]])),
        el("span", { class: "v" }, minutes(places.minutes[k])),
        el(
          "span",
          { class: "sub" },
          dotted(Logic.short(township(data.places, places.at[k]), 16), metres(places.metres[k]), people(places.day[k])),
          likelyBoards(places.minutes[k]) ? el("b", { class: "bad" }, ` ${words.likelyBoards}`) : null,
        ),
      ),
    ),
  );
  const note = ranked.length ? dotted(gradesShown(), String(ranked.length)) : words.farNone;
  section("far", words.far, note, el("ol", { class: "rows" }, ...items));
  if (unknown) $("far").append(el("p", {}, `${words.farUnknown}${words.colon}${num(unknown)}`));
}

function closures() {
  if (!comparing()) return fill($("closures"));
  const now = view();
  // A school the plan closes has sent its pupils on before any edit.
  const byPlan = now.live ? new Map(Logic.closures(reference()).map((each) => [each.school, each])) : new Map();
  const closed = Logic.closures(now).map((each) => ({ ...each, ...byPlan.get(each.school) }));
  const items = closed.map(({ school, pupils, to }) => {
    const where = to.map((t) => `${Logic.short(data.schools.name[t.to], 20)} ${num(t.pupils)}`).join(words.comma);
    const lost = (now.lostFrom || []).filter((row) => row.school === school).reduce((sum, row) => sum + row.pupils, 0);
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => pick("school", school, true) },
        el("span", { class: "x" }, "✕"),
        el("span", {}, name(data.schools.name[school])),
        el("span", { class: "v" }, people(pupils + lost)),
        el(
          "span",
          { class: "sub" },
          byPlan.has(school) ? `${words.before}${words.colon}` : null,
          where ? el("bdi", {}, `→ ${where}`) : words.stayed,
        ),
        lost > 0.5 ? el("span", { class: "sub bad" }, `${words.missing}${words.colon}${people(lost)}`) : null,
      ),
    );
  });
  return section(
    "closures",
    words.closures,
    closed.length ? String(closed.length) : "",
    closed.length ? el("ol", { class: "rows" }, ...items) : el("p", {}, words.closuresNone),
  );
}

const MOST = 30;

// The villages concerned as a table: pupils, school and minutes before and after.
function villages() {
  const rows = comparing() && view().ways && reference().ways ? affected(view(), reference()) : [];
  if (!rows.length) return fill($("villages"));
  const school = (at) => (at < 0 ? words.noSchool : Logic.short(data.schools.name[at], 14));
  const whole = (value) => (value === null ? "—" : num(value, 0));
  const ranked = [...rows].sort((a, b) => (a.to < 0 ? -1 : 0) - (b.to < 0 ? -1 : 0) || b.pupils - a.pupils);
  const body = ranked.slice(0, MOST).map((row) =>
    el(
      "tr",
      { class: row.to < 0 ? "bad" : "" },
      el("td", {}, el("button", { type: "button", class: "inline", onclick: () => pick("place", row.place, true) }, name(Logic.short(data.places.name[row.place], 14)))), // prettier-ignore
      el("td", { class: "v" }, num(row.pupils)),
      el("td", {}, el("bdi", {}, `${school(row.from)} → ${school(row.to)}`)),
      el("td", { class: "v" }, `${whole(row.before)} → ${whole(row.after)}`),
    ),
  );
  const heads = [words.village, words.pupilsHead, words.goes, words.minutes].map((text) =>
    el("th", { scope: "col" }, text),
  );
  const more = rows.length > MOST ? el("p", {}, `${words.more} ${num(rows.length - MOST)} ${words.items}`) : null;
  return section("villages", words.villagesSheet, num(rows.length), el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body)), more); // prettier-ignore
}

// ---- tabs ---------------------------------------------------------------------------------------------------

const TABS = ["overview", "schools", "places", "findings", ...(data.districts.length ? ["districts"] : []), ...(data.sheets.length ? ["sheets"] : [])]; // prettier-ignore
const RENDER = {
  overview() {
    Tiles.tiles();
    Bench.render();
    rest();
  },
  schools: () => Lists.schools(),
  places: () => Villages.render(),
  findings: () => Findings.render(),
  districts: () => Districts.render(),
  sheets: () => Sheets.render(),
};

// What of the overview may wait until the picture stands.
function rest() {
  if (state.tab !== "overview") return;
  Districts.yearTable();
  Tiles.money();
  Histogram.render();
  certainty();
  closures();
  villages();
  farthest();
  Tiles.table();
}

const card = () => Card.render();

// What an edit must answer at once.
function answer() {
  if (state.tab !== "overview") return RENDER[state.tab]();
  Tiles.tiles();
  return Bench.render();
}

// Leaving the sheets, the band of grades that a sheet shows is left too.
const open = (tab) => set({ tab, grades: tab === "sheets" || state.tab !== "sheets" ? state.grades : ALL });

function render() {
  const printing = document.body.classList.contains("printing"),
    tab = printing && state.tab !== "sheets" ? "overview" : state.tab;
  const tabs = TABS.map((each) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${each}`,
        "aria-selected": String(each === tab),
        "aria-controls": each,
        onclick: () => open(each),
      },
      words.tabs[each],
    ),
  );
  fill($("tabs"), tabs);
  for (const each of TABS) {
    $(each).hidden = each !== tab;
    $(each).setAttribute("aria-labelledby", `tab-${each}`);
  }
  Card.render();
  RENDER[tab]();
}

export { render, answer, card, rest };
