// The three minutes with the county secretary: up to six sheets, each built from what the plan holds.

import { STATE } from "../../live/web/logic.js";
import * as Gauge from "../../live/web/gauge.js";
import { ALL } from "../../live/web/views.js";
import * as Draw from "./draw.js";
import {
  NOTHING,
  data,
  editsOf,
  label,
  likelyBoards,
  metres,
  minutes,
  num,
  people,
  pick,
  ruleName,
  said,
  scene,
  set,
  state,
  view,
  viewOf,
  words,
} from "./reader.js";
import { $, el, fill, name } from "./nodes.js";
import { judgedNow, severity } from "./told.js";
import * as Charts from "./charts.js";
import * as Histogram from "./histogram.js";
import { yuan } from "./tiles.js";

const COLOURS = { town: "#0a58a6", country: "#b3560a" };

const builders = { young, towns, frontier, robust, redlines, hard };

function render() {
  const box = $("sheets");
  if (!data.sheets.length) return fill(box);
  const sheet = data.sheets[state.sheet];
  const tabs = data.sheets.map((each, k) =>
    el(
      "button",
      {
        type: "button",
        "aria-pressed": String(k === state.sheet),
        title: words.sheets[each.kind],
        onclick: () => open(k),
      },
      words.sheetTabs[each.kind],
    ),
  );
  const missing = view().missing.total;
  return fill(
    box,
    el("div", { class: "pages", role: "group", "aria-label": words.tabs.sheets }, ...tabs),
    el("h2", {}, `${state.sheet + 1}. ${words.sheets[sheet.kind]}`),
    missing > 0.5
      ? el("p", { class: "bad", "data-measure": "missing" }, `${words.missing}${words.colon}${people(missing)}`)
      : null,
    builders[sheet.kind](sheet),
  );
}

// Each sheet brings its own map along: the grades it speaks of, and the village.
function open(k) {
  const { kind, stage, grades, mask, place } = data.sheets[k];
  const band = { young: grades, hard: mask }[kind];
  const changes = { sheet: k, colour: "minutes", pick: null };
  if (stage && data.live[stage]) changes.stage = stage;
  changes.grades = band === undefined ? ALL : band;
  if (kind === "hard") changes.pick = { kind: "place", at: place };
  set({ ...changes, show: kind === "hard" });
}

const tile = (value, text, bad = false) =>
  el("div", { class: "tile" }, el("b", { class: bad ? "bad" : "" }, value), el("span", {}, text));

// 1. Grades 1 to 3 on the map, and three numbers.
function young(sheet) {
  const now = view();
  if (!now.start || state.stage !== sheet.stage) return [el("p", {}, words.none)];
  const found = beyondOf(now, sheet),
    first = viewOf(sheet.stage, 0, NOTHING);
  const then = state.plan || editsOf().length ? beyondOf(first, sheet) : null;
  const change = (mine, old) =>
    then === null || mine === old ? "" : `${mine > old ? "▲" : "▼"} ${num(Math.abs(mine - old))}`;
  const tiles = [
    tile(num(openIn(now)), `${words.schoolsOpen} ${then ? change(openIn(now), openIn(first)) : ""}`),
    tile(
      num(found.far),
      `${words.beyondMinutes.replace("{n}", num(sheet.limit))} ${then ? change(found.far, then.far) : ""}`,
      found.far > 0,
    ),
  ];
  if (now.money)
    for (const key of ["running", "building", "families"])
      tiles.push(tile((now.money[key] > 0 && key !== "building" ? "+" : "") + yuan(now.money[key]), `${words.moneyOf[key]} · ${words.moneyNote[key]}`)); // prettier-ignore
  return [
    el("div", { class: "tiles" }, ...tiles),
    Histogram.chart(),
    el("p", {}, `${said(words.youngNote, { n: num(found.all) })} ${label(sheet.source)}`),
  ];
}

const openIn = ({ schools }) => schools.state.filter((state) => state === STATE.open).length;

function beyondOf(now, { grades, limit }) {
  let far = 0,
    all = 0;
  const { pace } = now.start.block;
  Gauge.eachDay(now.start, now.result, (place, grade, adult, way, pupils) => {
    if (!((grades >> grade) & 1) || Number.isNaN(adult)) return;
    all += pupils;
    if (adult * pace[grade] > limit + 1e-9) far += pupils;
  });
  return { far, all };
}

// 2. Children against seats, town and country, and the year the lines cross.
function towns(sheet) {
  const mine = sheet.stages[state.stage];
  if (!mine) return [el("p", {}, words.noForecast)];
  const chart = (key) =>
    Charts.lines({
      title: words[key],
      xText: words.autumn,
      yText: `${words[key]}${words.colon}${words.pupilsAndSeats}`,
      lines: [
        { x: sheet.years, y: mine[key].pupils, colour: COLOURS[key] },
        {
          x: [sheet.years[0], sheet.years[sheet.years.length - 1]],
          y: [mine[key].seats, mine[key].seats],
          colour: COLOURS[key],
          dash: "6 3",
        },
      ],
      marks: mine[key].cross === null ? [] : [{ x: mine[key].cross, text: String(mine[key].cross) }],
    });
  const says = (key) => {
    const { cross, pupils, seats } = mine[key];
    const short = pupils[0] > seats;
    const text =
      cross === null
        ? short
          ? words.neverEnough
          : words.alwaysEnough
        : (short ? words.enoughFrom : words.shortFrom).replace("{y}", String(cross));
    return el("p", {}, `${words[key]}${words.colon}${text}`);
  };
  return ["town", "country"]
    .filter((key) => mine[key])
    .flatMap((key) => [chart(key), says(key)])
    .concat(el("p", {}, words.forecastNote));
}

// 3. What each further closure costs the children; where today stands, and today's schools with better zones.
function frontier(sheet) {
  const knee = sheet.keep.indexOf(sheet.knee);
  const marks = knee < 0 ? [] : [{ x: sheet.knee, text: said(words.knee, { n: num(sheet.knee) }) }];
  const points = [];
  if (sheet.today) points.push({ x: sheet.today[0], y: sheet.today[1], text: words.todayShort });
  if (sheet.zones) points.push({ x: sheet.zones[0], y: sheet.zones[1], text: words.bestZones });
  const chart = Charts.lines({
    title: words.sheets.frontier,
    xText: words.schoolsKept,
    yText: words.meanMinutes,
    digits: 1,
    dots: true,
    lines: [{ x: sheet.keep, y: sheet.minutes, colour: COLOURS.town }],
    marks,
    points,
  });
  const big = state.lang === "zh" ? [1e4, 0] : [1e6, 2]; // the unit stands in the head: seven columns beside a map
  const money = (value) => (value === null || value === undefined ? "—" : num(value / big[0], big[1]));
  const rows = sheet.keep.map((keep, k) =>
    el(
      "tr",
      { class: keep === sheet.knee ? "strong" : "" },
      el("td", {}, num(keep)),
      el("td", {}, num(sheet.minutes[k], 1)),
      el("td", {}, sheet.moved[k] === null ? "—" : num(sheet.moved[k])),
      el("td", {}, money(sheet.running[k])),
      el("td", {}, money(sheet.building[k])),
      el("td", {}, money(sheet.families[k])),
      el("td", {}, sheet.gap[k] === null ? "—" : `≤ ${num(Math.ceil(sheet.gap[k] * 1000) / 10, 1)}%`),
    ),
  );
  const heads = [words.schoolsKept, words.meanMinutes, words.movedShort, words.moneyShort.running, words.moneyShort.building, words.moneyShort.families, words.notBetter].map((text) => el("th", { scope: "col" }, text)); // prettier-ignore
  const each = knee > 0 && sheet.minutes[knee - 1] !== null ? (sheet.minutes[knee - 1] - sheet.minutes[knee]) / (sheet.keep[knee] - sheet.keep[knee - 1]) : null; // prettier-ignore
  return [
    chart,
    sheet.today ? el("p", { id: "frontierToday" }, said(words.frontierToday, { n: num(sheet.today[0]), m: num(sheet.today[1], 1) })) : null,
    el("p", { id: "frontierZones" }, sheet.zones ? said(words.frontierZones, { n: num(sheet.zones[0]), m: num(sheet.zones[1], 1) }) : words.zonesNotAsked), // prettier-ignore
    each === null ? null : el("p", {}, said(words.eachFurther, { n: num(sheet.knee), m: num(each, 2) })),
    el("p", { id: "keepCounts" }, words.keepCounts),
    el("div", { class: "wideTable" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows))),
    el("p", { id: "notCounted" }, words.notCounted),
  ]; // prettier-ignore
}

// 4. Schools closed in every good plan near the knee, in some.
function robust(sheet) {
  const group = (key) => {
    const mine = sheet.schools.filter((row) => row.closes === key);
    if (!mine.length) return [];
    const items = mine
      .slice(0, 40)
      .map((row) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", onclick: () => pick("school", row.at, true) },
            el("span", { class: "x" }, key === "all" ? "✕" : "?"),
            name(data.schools.name[row.at]),
            el("span", { class: "v" }, `${num(row.share * 100)}%`),
          ),
        ),
      );
    return [el("h3", {}, `${words.closes[key]} · ${num(mine.length)}`), el("ul", { class: "rows" }, ...items)];
  };
  const values = { n: num(sheet.plans), keep: num(sheet.keep), p: num(sheet.within * 100) };
  return [
    el("p", { id: "robustRange" }, said(sheet.plans > 1 ? words.robustNote : words.robustOne, values)),
    ...group("all"),
    ...group("some"),
    el("p", {}, `${words.closes.none}${words.colon}${num(sheet.none)}`),
  ];
}

// 5. Red lines: what binds, the most severe broken ones first; then what is kept, what could not be checked, and advice.
function redlines() {
  const now = view(),
    found = countRules(now);
  const unchecked = new Set((now.unchecked || []).map((row) => row.rule));
  const held = now.start ? rulesJudged(now) : [];
  const binding = [...found].filter(([, entry]) => entry.severity !== "advice").map(([rule]) => rule);
  const rules = [...new Set([...binding, ...held])].sort(
    (a, b) => (found.has(b) ? 1 : 0) - (found.has(a) ? 1 : 0) || severity(a) - severity(b),
  );
  const row = (rule) => {
    const entry = found.get(rule);
    const [cls, text] = entry
      ? ["bad", `✗ ${num(entry.n)}`]
      : unchecked.has(rule)
        ? ["unsure", `？ ${words.unchecked}`]
        : ["good", `✓ ${words.meets}`];
    return el(
      "tr",
      { "data-rule": rule },
      el(
        "td",
        {},
        ruleName(rule),
        judgedNow(rule, now) ? el("small", { class: "judged" }, ` ${judgedNow(rule, now)}`) : null,
      ),
      el(
        "td",
        { class: cls },
        text,
        entry && unchecked.has(rule) ? el("small", {}, ` ${words.partlyUnchecked}`) : null,
      ),
      el("td", {}, entry ? people(entry.pupils) : ""),
    );
  };
  const advice = [...found].filter(([, entry]) => entry.severity === "advice");
  const heads = [words.rule, words.verdict, words.concerned].map((text) => el("th", { scope: "col" }, text));
  return [
    el("table", { id: "redlines" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rules.map(row))),
    advice.length
      ? el("p", { id: "adviceNote" }, `${words.adviceOnly}${words.colon}${advice.map(([rule, entry]) => `${ruleName(rule)} ${num(entry.n)}`).join(words.listed)}`)
      : null,
    el("button", { type: "button", onclick: () => set({ tab: "findings" }) }, words.allFindings),
  ]; // prettier-ignore
}

// Rule → how often it is broken, the pupils concerned, and the strongest severity.
function countRules(now) {
  const counts = new Map();
  for (const found of now.findings || []) {
    const entry = counts.get(found.rule) || { n: 0, pupils: 0, severity: "advice" };
    entry.n++;
    entry.pupils += found.pupils || 0;
    if (found.severity !== "advice") entry.severity = found.severity;
    counts.set(found.rule, entry);
  }
  return counts;
}

// Rules that bind and were held against the plan; those of closures only where a school closes.
function rulesJudged(now) {
  const closes = now.schools.state.includes(3);
  const told = (now.rules || [])
    .filter((rule) => rule.severity !== "advice" && (!rule.merger || closes))
    .map((rule) => rule.rule);
  return ["unplaced", "seats", ...told];
}

// 6. One hard village, its way and its slope.
function hard(sheet) {
  const then = [state.plan !== data.shown, editsOf(sheet.stage).length].some(Boolean);
  const list = el("dl");
  const row = (key, text, cls = "") => text && list.append(el("dt", { class: cls }, key), el("dd", {}, text));
  row(words.village, data.places.name[sheet.place]);
  row(words.school, data.schools.name[sheet.school]);
  row(words.grade, sheet.grades);
  row(words.children, people(sheet.pupils));
  row(words.meanWay, `${minutes(sheet.minutes)} · ${metres(sheet.metres)}`);
  if (likelyBoards(sheet.minutes)) row(words.likelyBoards, words.boardsNote, "bad");
  if (sheet.climb !== null) row(words.climb, metres(sheet.climb));
  const parts = [list];
  if (sheet.profile)
    parts.push(
      Charts.lines({
        title: words.height,
        xText: words.km,
        floor: false,
        yText: words.height,
        lines: [{ x: sheet.profile.km, y: sheet.profile.height, colour: COLOURS.country }],
      }),
    );
  if (sheet.unsafe.length)
    parts.push(
      el("h3", {}, words.unsafe),
      el(
        "ul",
        { class: "rows" },
        ...sheet.unsafe.map((each) =>
          el(
            "li",
            {},
            el(
              "span",
              { class: "row" },
              el("span", { class: "x" }, "!"),
              el("span", {}, label(each.what), " ", name(each.name)),
              el("span", { class: "v" }, metres(each.metres)),
            ),
          ),
        ),
      ),
    );
  if (then) parts.push(el("p", { class: "unsure" }, said(words.hardOfPlan, { plan: label(data.plans[data.shown]) })));
  parts.push(el("p", {}, words.hardNote));
  return parts;
}

// Whether the open sheet is about what is picked.
function tells(pick) {
  const sheet = data.sheets[state.sheet];
  return Boolean(sheet) && sheet.kind === "hard" && pick.kind === "place" && pick.at === sheet.place;
}

// The line of the hard village's way while its sheet is open, for the map.
function trace() {
  const sheet = data.sheets[state.sheet];
  if (state.tab !== "sheets" || !state.pick || !tells(state.pick) || !sheet.line) return null;
  return (scene.trace ||= Draw.pieces(sheet.line));
}

export { render, open, trace, tells, redlines };
