// Figures: the tiles, what the plan costs, and the table of all measures.

import * as Logic from "./logic.js";
import {
  NOTHING,
  comparing,
  data,
  label,
  num,
  people,
  reference,
  referenceName,
  said,
  state,
  view,
  viewOf,
  words,
} from "./reader.js";
import { $, el, fill } from "./nodes.js";

const value = (row, number) => Logic.written(number, row.kind, state.lang, words);
const tone = (row) => (row.better === null ? "" : row.better ? "good" : "bad");

// What a figure is a share of: measure → its whole, and how that is called.
const SHARES = {
  over_full_schools: ["schools", "ofSchools"],
  large_classes: ["classes", "ofClasses"],
  pupils_moved: ["placed", "ofPupils"],
};

function section(id, title, note, ...children) {
  fill($(id), el("h2", {}, el("span", {}, title), note ? el("small", {}, note) : null), ...children);
}

function tiles() {
  const now = view();
  const rows = Logic.scoreRows(now, comparing() ? reference() : null)
    .filter((row) => row.key !== null && row.value !== null)
    .sort((a, b) => a.key - b.key)
    .slice(0, 6);
  if (!rows.length) return fill($("figures"));
  const boxes = rows.map((row) => tile(row, now));
  if (now.missing.total > 0.5) boxes.unshift(missingTile(now.missing));
  const small = smallTile(now);
  if (small) boxes.push(small);
  const compared = comparing() ? words.against + referenceName() : "";
  return section("figures", words.figures, Logic.short(compared, 18), el("div", { class: "tiles" }, ...boxes));
}

function missingTile({ total, unknown, homeless }) {
  return el(
    "div",
    { class: "tile wide", "data-measure": "missing" },
    el("span", {}, words.missing),
    el("b", { class: "bad" }, people(total)),
    unknown > 0.5 ? el("span", { class: "bad" }, said(words.ofThemUnknownLine, { n: num(unknown) })) : null,
    homeless > 0.5 ? el("span", {}, said(words.ofThemHomeless, { n: num(homeless) })) : null,
  );
}

function tile(row, now) {
  const lines = [el("span", {}, label(row)), el("b", {}, value(row, row.value))];
  const [whole, of] = SHARES[row.measure] || [];
  const all = whole && now.figures ? now.figures[whole] : 0;
  if (all > 0 && row.value > 0) lines.push(el("span", {}, said(words[of], { n: num((100 * row.value) / all, 1) })));
  const today = comparing() ? todays(row) : null;
  if (today !== null) lines.push(el("span", { class: "today" }, `${words.todayShort} ${value(row, today)}`));
  if (row.change) {
    const text = `${referenceName()} ${value(row, row.before)}`;
    const change = `${row.change > 0 ? "▲" : "▼"} ${Logic.writtenChange(row.change, row.kind, state.lang, words)}`;
    lines.push(el("span", { class: `change ${tone(row)}`, title: text }, change));
  }
  if (row.shrunk && row.change) lines.push(el("span", { class: "note" }, words.fewerCounted));
  if (row.ok === false) lines.push(el("span", { class: "bad" }, `✗ ${words.limit} ${value(row, row.limit)}`));
  return el("div", { class: "tile", "data-measure": row.measure, title: helpOf(row) }, ...lines);
}

// How a figure is counted, from which data.
const helpOf = (row) => {
  const how = words.how[row.measure];
  return how ? `${how} ${words.source}${words.colon}${data.title} ${data.year}` : null;
};

// The value of the first plan; nothing where a figure is counted from a plan.
function todays(row) {
  if (row.fresh || row.measure === "pupils_moved" || row.measure === "share_moved") return null;
  const first = viewOf(state.stage, 0, NOTHING);
  const found = (first.scores || []).find((each) => each.measure === row.measure);
  return found ? found.value : null;
}

function smallTile(now) {
  const small = now.figures && now.figures.small_schools,
    rule = now.start && now.start.block.limits.leastRoll;
  if (!rule || small === null || small === undefined) return null;
  const before = comparing() && reference().figures ? reference().figures.small_schools : small;
  return el(
    "div",
    { class: "tile", title: rule.source, "data-measure": "small_schools" },
    el("span", {}, said(words.smallSchools, { n: num(rule.value) })),
    el("b", {}, num(small)),
    before === small
      ? null
      : el("span", { class: "change" }, `${small > before ? "▲" : "▼"} ${num(Math.abs(small - before))}`),
  );
}

// Money in three figures that are never added up: running, building, the families' time.
function money() {
  const now = view();
  if (now.live) return fill($("money"), el("h2", {}, words.money), el("p", {}, words.moneyNotLive));
  if (!now.money) return fill($("money"));
  const box = (key) =>
    el(
      "div",
      { class: "tile", "data-money": key },
      el("span", {}, words.moneyOf[key]),
      el("b", {}, (now.money[key] > 0 && key !== "building" ? "+" : "") + yuan(now.money[key])),
      el("span", {}, words.moneyNote[key]),
    );
  return section(
    "money",
    words.money,
    words.assumedPrices,
    el("div", { class: "tiles three" }, box("running"), box("building"), box("families")),
  );
}

function yuan(number) {
  if (Math.abs(number) < 1e4) return `${num(number)} ${words.yuan}`;
  return `${num(number / (state.lang === "zh" ? 1e4 : 1e6), state.lang === "zh" ? 0 : 2)} ${words.bigYuan}`;
}

function table() {
  const compared = comparing();
  const rows = Logic.scoreRows(view(), compared ? reference() : null);
  if (!rows.length) return fill($("table"));
  const headings = [
    words.measure,
    ...(compared ? [Logic.short(referenceName(), 8)] : []),
    compared ? words.now : words.value,
    words.limit,
  ];
  const body = rows.map((row) => {
    const verdict =
      row.ok === null
        ? null
        : el("small", { class: row.ok ? "good" : "bad" }, row.ok ? ` ✓ ${words.meets}` : ` ✗ ${words.breaks}`);
    return el(
      "tr",
      { "data-measure": row.measure },
      el("td", { title: helpOf(row) }, label(row)),
      compared ? el("td", {}, value(row, row.before)) : null,
      el("td", { class: tone(row) }, value(row, row.value), row.shrunk && row.change ? el("small", {}, " *") : null),
      el("td", { title: row.source }, row.limit === null ? "" : value(row, row.limit), verdict),
    );
  });
  const heads = headings.map((text) => el("th", { scope: "col" }, text));
  return section(
    "table",
    words.allFigures,
    view().live ? words.balanceNotLive : "",
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...body)),
    rows.some((row) => row.shrunk && row.change) ? el("p", {}, `* ${words.fewerCounted}`) : null,
  );
}

export { tiles, money, table, yuan, section, value };
