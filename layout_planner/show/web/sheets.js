// The three minutes with the county secretary: up to six sheets, each built from what the plan holds.

import * as Gauge from "./gauge.js";
import * as Views from "./views.js";
import * as Draw from "./draw.js";
import {
  data,
  scene,
  state,
  words,
  set,
  $,
  view,
  viewOf,
  editsOf,
  num,
  minutes,
  metres,
  people,
  el,
  label,
  name,
  pick,
} from "./reader.js";
import * as Charts from "./charts.js";
import * as Bench from "./bench.js";

const COLOURS = { town: "#0a58a6", country: "#b3560a" };

const builders = { young, towns, frontier, robust, redlines, hard };

function render() {
  const box = $("sheets");
  if (!data.sheets.length) return box.replaceChildren();
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
      String(k + 1),
    ),
  );
  return box.replaceChildren(
    el("div", { class: "pages", role: "group", "aria-label": words.tabs.sheets }, ...tabs),
    el("h2", {}, `${state.sheet + 1}. ${words.sheets[sheet.kind]}`),
    ...builders[sheet.kind](sheet),
  );
}

// Each sheet brings its own map along.
function open(k) {
  const { kind, stage } = data.sheets[k];
  const changes = {
    sheet: k,
    grades: kind === "young" ? data.sheets[k].grades : Views.ALL,
    colour: "minutes",
    pick: null,
  };
  if (stage && data.live[stage]) changes.stage = stage;
  if (kind === "hard") changes.pick = { kind: "place", at: data.sheets[k].place };
  set({ ...changes, show: kind === "hard" });
}

const tile = (value, text, bad = false) =>
  el("div", { class: "tile" }, el("b", { class: bad ? "bad" : "" }, value), el("span", {}, text));

// 1. Grades 1 to 3 on the map, and three numbers.
function young(sheet) {
  const now = view();
  if (!now.start || state.stage !== sheet.stage) return [el("p", {}, words.none)];
  const found = beyondOf(now, sheet),
    first = viewOf(sheet.stage, 0, []);
  const then = state.plan || editsOf().length ? beyondOf(first, sheet) : null;
  const change = (mine, old) =>
    then === null || mine === old ? "" : `${mine > old ? "▲" : "▼"} ${num(Math.abs(mine - old))}`;
  const tiles = [
    tile(
      num(now.figures.schools),
      `${words.schoolsOpen} ${then ? change(now.figures.schools, first.figures.schools) : ""}`,
    ),
    tile(
      num(found.far),
      `${words.beyondMinutes.replace("{n}", num(sheet.limit))} ${then ? change(found.far, then.far) : ""}`,
      found.far > 0,
    ),
  ];
  if (sheet.yuan !== null) tiles.push(tile(yuan(sheet.yuan), label(sheet.yuanText)));
  return [
    el("div", { class: "tiles" }, ...tiles),
    Bench.chart(),
    el("p", {}, `${words.youngNote.replace("{n}", num(found.all))} ${label(sheet.source)}`),
  ];
}

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

const yuan = (value) =>
  Math.abs(value) >= 1e4
    ? `${num(value / (state.lang === "zh" ? 1e4 : 1e6), 1)} ${words.bigYuan}`
    : `${num(value)} ${words.yuan}`;

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

// 3. What each further closure costs the children.
function frontier(sheet) {
  const knee = sheet.keep.indexOf(sheet.knee);
  const chart = Charts.lines({
    title: words.sheets.frontier,
    xText: words.schoolsKept,
    yText: words.meanMinutes,
    digits: 1,
    dots: true,
    lines: [{ x: sheet.keep, y: sheet.minutes, colour: COLOURS.town }],
    marks: knee < 0 ? [] : [{ x: sheet.knee, text: words.knee.replace("{n}", num(sheet.knee)) }],
  });
  const rows = sheet.keep.map((keep, k) =>
    el(
      "tr",
      { class: keep === sheet.knee ? "strong" : "" },
      el("td", {}, num(keep)),
      el("td", {}, minutes(sheet.minutes[k])),
      el("td", {}, sheet.cost[k] === null ? "—" : yuan(sheet.cost[k])),
      el("td", {}, sheet.gap[k] === null ? "—" : `≤ ${num(Math.ceil(sheet.gap[k] * 1000) / 10, 1)}%`),
    ),
  );
  const heads = [words.schoolsKept, words.meanMinutes, words.costYear, words.notBetter].map((text) =>
    el("th", { scope: "col" }, text),
  );
  const each =
    knee > 0 && sheet.minutes[knee - 1] !== null
      ? (sheet.minutes[knee - 1] - sheet.minutes[knee]) / (sheet.keep[knee] - sheet.keep[knee - 1])
      : null;
  return [
    chart,
    each === null ? null : el("p", {}, words.eachFurther.replace("{n}", num(sheet.knee)).replace("{m}", num(each, 2))),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)),
  ].filter(Boolean);
}

// 4. Schools closed in every good plan, in some.
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
  return [
    el("p", {}, words.robustNote.replace("{n}", num(sheet.plans))),
    ...group("all"),
    ...group("some"),
    el("p", {}, `${words.closes.none}${words.colon}${num(sheet.none)}`),
  ];
}

// 5. Red lines: every rule the plan is held against, and how many break it.
function redlines() {
  const now = view();
  const counts = new Map();
  for (const found of now.findings || []) {
    const entry = counts.get(found.rule) || {
      n: 0,
      pupils: 0,
      source: found.source,
      severity: found.severity,
      what: found.what,
    };
    entry.n++;
    entry.pupils += found.pupils || 0;
    counts.set(found.rule, entry);
  }
  const judged = now.start ? rulesJudged(now.start.block.limits) : [];
  const rules = [...new Set([...judged, ...counts.keys()])];
  const rows = rules.map((rule) => {
    const found = counts.get(rule);
    return el(
      "tr",
      {},
      el("td", {}, words.rules[rule] || (found && found.what) || rule),
      el("td", { class: found ? "bad" : "good" }, found ? `✗ ${num(found.n)}` : `✓ ${words.meets}`),
      el("td", {}, found ? people(found.pupils) : ""),
    );
  });
  const heads = [words.rule, words.verdict, words.concerned].map((text) => el("th", { scope: "col" }, text));
  return [
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)),
    el("button", { type: "button", onclick: () => set({ tab: "findings" }) }, words.allFindings),
  ];
}

function rulesJudged(limits) {
  const found = ["seats"];
  if (limits.schoolSize) found.push("school_size");
  if (limits.largeClass) found.push("large_class");
  if (limits.classSize.some((at) => at >= 0)) found.push("class_size");
  if (limits.reachMinutes.some((at) => at >= 0)) found.push("reach_minutes");
  if (limits.reachMetres.some((at) => at >= 0)) found.push("reach_metres");
  return [...found, "unplaced"];
}

// 6. One hard village, its way and its slope.
function hard(sheet) {
  const list = el("dl");
  const row = (key, text) => text && list.append(el("dt", {}, key), el("dd", {}, text));
  row(words.village, data.places.name[sheet.place]);
  row(words.school, data.schools.name[sheet.school]);
  row(words.grade, sheet.grades);
  row(words.children, people(sheet.pupils));
  row(words.wayLength, `${minutes(sheet.minutes)} · ${metres(sheet.metres)}`);
  if (sheet.climb !== null) row(words.climb, `${num(sheet.climb)} m`);
  const parts = [list];
  if (sheet.profile)
    parts.push(
      Charts.lines({
        title: words.height,
        xText: "km",
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

export { render, open, trace, tells };
