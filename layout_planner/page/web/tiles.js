// Figures: the tiles, what the plan costs, and the table of all measures.

import * as Logic from "../../live/web/logic.js";
import {
  NOTHING,
  comparing,
  data,
  editsOf,
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
import * as Only from "./only.js";

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
  const lines = [
    el("span", {}, words.missing),
    el("b", { class: "bad" }, people(total)),
    unknown > 0.5 ? el("span", { class: "bad" }, said(words.ofThemUnknownLine, { n: num(unknown) })) : null,
    homeless > 0.5 ? el("span", {}, said(words.ofThemHomeless, { n: num(homeless) })) : null,
  ];
  return box("missing", words.missing, lines, { measure: "missing" }, " wide");
}

function tile(row, now) {
  const lines = [el("span", {}, label(row)), el("b", {}, value(row, row.value))];
  const [whole, of] = SHARES[row.measure] || [];
  const all = whole && now.figures ? now.figures[whole] : 0;
  if (all > 0 && row.value > 0) lines.push(el("span", {}, said(words[of], { n: num((100 * row.value) / all, 1) })));
  const today = comparing() ? todays(row) : null;
  if (today !== null) lines.push(el("span", { class: "today" }, `${words.todayShort} ${value(row, today)}`));
  if (row.change && !row.fresh) {
    const text = `${referenceName()} ${value(row, row.before)}`;
    const change = `${row.change > 0 ? "▲" : "▼"} ${Logic.writtenChange(row.change, row.kind, state.lang, words)}`;
    // Beside today's value a change against another plan must say so.
    const from = today !== null && editsOf().length && state.plan ? `${words.before} ${value(row, row.before)} ` : "";
    lines.push(el("span", { class: `change ${tone(row)}`, title: text }, from + change));
  }
  if (row.fresh) lines.push(el("span", { class: "today" }, words.byTheEdits));
  if (row.shrunk && row.change) lines.push(el("span", { class: "note" }, words.fewerCounted));
  if (row.ok === false) lines.push(el("span", { class: "bad" }, `✗ ${words.limit} ${value(row, row.limit)}`));
  return box(row.measure, label(row), lines, row);
}

// A tile: pressed it narrows the map to what it counts; its "?" says how it is counted.
const asked = new Set();
function box(measure, title, lines, row = { measure }, wide = "") {
  const help = helpOf(row);
  const open = asked.has(measure);
  const [first, ...rest] = lines;
  const narrows = Only.can(measure);
  if (narrows) {
    const press = () => Only.press(measure, undefined);
    const pressed = String(Only.same(measure, undefined));
    const button = el("button", { type: "button", class: "narrows", "aria-pressed": pressed, "aria-label": `${title} · ${words.onMap}`, onclick: press }); // prettier-ignore
    rest.push(button);
  }
  const toggle = () => (open ? asked.delete(measure) : asked.add(measure), tiles());
  return el(
    "div",
    { class: `tile${wide}`, "data-measure": measure },
    first,
    rest,
    help ? el("button", { type: "button", class: "ask", "aria-expanded": String(open), "aria-label": `${words.help} ${title}`, onclick: toggle }, "?") : null,
    open ? el("p", { class: "help" }, help) : null,
  ); // prettier-ignore
}

// How a figure is counted, from which data: its own words, or those of its kind ("minutes_p90": of ways in minutes).
function helpOf({ measure, source }) {
  const how = words.how[measure] || words.how[measure.replace(/_.*/, "")];
  const from = `${words.source}${words.colon}${Logic.short(data.title, 30)} ${data.year}${words.comma}${words.base}${words.colon}${words[data.demand] || data.demand}`;
  const rule = source ? ` ${words.limit}${words.colon}${source}` : "";
  return how ? `${how} ${from}${state.lang === "zh" ? "。" : "."}${rule}` : null;
}

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
  const title = said(words.smallSchools, { n: num(rule.value) });
  const change = `${small > before ? "▲" : "▼"} ${num(Math.abs(small - before))}`;
  const lines = [
    el("span", {}, title),
    el("b", {}, num(small)),
    before === small ? null : el("span", { class: "change" }, change),
  ];
  return box("small_schools", title, lines, { measure: "small_schools", source: rule.source });
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
      el("td", {}, helpOf(row) ? el("details", { class: "ask" }, el("summary", {}, label(row)), el("p", { class: "help" }, helpOf(row))) : label(row)), // prettier-ignore
      compared ? el("td", {}, row.fresh ? words.byTheEdits : value(row, row.before)) : null,
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
