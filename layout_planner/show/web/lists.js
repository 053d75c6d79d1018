// Two lists beside the map: every school of the stage, to search, filter, sort and decide on; and the findings.

import { STATE } from "./logic.js";
import * as Logic from "./logic.js";
import {
  data,
  words,
  $,
  view,
  reference,
  comparing,
  num,
  minutes,
  metres,
  people,
  township,
  el,
  name,
  pick,
} from "./reader.js";
import * as Reader from "./reader.js";
import * as Changes from "./changes.js";

const MOST = 60;
const asked = { text: "", only: "all", by: "roll", rule: null, more: false };

// ---- schools ----------------------------------------------------------------------------------------------------

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
    .filter(
      (row) =>
        !wanted ||
        `${data.schools.name[row.at]} ${data.schools.id[row.at]} ${township(data.schools, row.at)}`
          .toLowerCase()
          .includes(wanted),
    )
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
  $("found").replaceChildren(
    el("p", {}, `${num(found.length)} ${words.schoolsFound}`),
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
  return key === "only small" && rule !== null ? text.replace("{n}", num(rule)) : text;
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
  const can = Reader.base() && Reader.base().at.has(row.at);
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
        ? el("span", { class: "sub1" }, fate === "keep" ? words.did.keep : "")
        : el(
            "button",
            { type: "button", class: "act", "data-school": String(row.at), onclick: () => Changes.decide(row.at, act) },
            text,
          ),
      el("span", { class: "sub" }, Logic.short(township(data.schools, row.at), 20)),
    ),
  );
}

// ---- findings ---------------------------------------------------------------------------------------------------

function findings() {
  const now = view();
  if (!now.findings) return $("findings").replaceChildren();
  const before = comparing() ? reference().findings || [] : null;
  const old = before && new Map(before.map((found) => [found.key, found]));
  const keys = new Set(now.findings.map((found) => found.key));
  const gone = before ? before.filter((found) => !keys.has(found.key)) : [];
  const rules = new Map();
  for (const found of now.findings) add(rules, found, old && !old.has(found.key) ? "fresh" : "stays");
  for (const found of gone) add(rules, found, "gone");
  const parts = [...rules].map(([rule, group]) => groupOf(rule, group, before));
  const stale = now.findings.some((found) => found.stale);
  return $("findings").replaceChildren(
    el(
      "p",
      { id: "findingsTotal" },
      told(now.findings.length, before && before.length, now.findings.length - keys.size),
    ),
    ...(parts.length ? parts : [el("p", {}, words.noFindings)]),
    stale ? el("p", {}, words.staleFindings) : null,
  );
}

const told = (count, before) =>
  `${num(count)} ${words.findingsFound}${before === null || before === count ? "" : ` (${before < count ? "+" : "−"}${num(Math.abs(count - before))})`}`;

function add(rules, found, kind) {
  if (!rules.has(found.rule)) rules.set(found.rule, { fresh: [], stays: [], gone: [] });
  rules.get(found.rule)[kind].push(found);
}

function groupOf(rule, group, before) {
  const all = [...group.fresh, ...group.stays].sort((a, b) => (b.pupils || 0) - (a.pupils || 0)),
    first = all[0] || group.gone[0];
  const fresh = new Set(group.fresh);
  const rows = all.slice(0, MOST).map((found) => findingRow(found, fresh.has(found) && before ? "fresh" : ""));
  rows.push(...group.gone.slice(0, MOST).map((found) => findingRow(found, "gone")));
  const pupils = all.reduce((sum, found) => sum + (found.pupils || 0), 0);
  const changes = [
    before && group.fresh.length ? `+${num(group.fresh.length)}` : "",
    before && group.gone.length ? `−${num(group.gone.length)}` : "",
  ].filter(Boolean).join(" "); // prettier-ignore
  const box = el(
    "details",
    { open: asked.rule === rule || changes !== "" },
    el(
      "summary",
      {},
      `${words.rules[rule] || first.what || rule} `,
      el("b", {}, num(all.length)),
      changes ? el("b", { class: "bad" }, ` ${changes}`) : null,
      el("small", {}, ` · ${people(pupils)}`),
    ),
    first.source
      ? el(
          "p",
          { class: "source" },
          el("bdi", {}, `${first.severity === "advice" ? words.advice : words.must} · ${first.source}`),
        )
      : null,
    el("ul", { class: "rows" }, ...rows),
    all.length > MOST ? el("p", {}, `${words.more} ${num(all.length - MOST)} ${words.items}`) : null,
  );
  box.addEventListener("toggle", () => box.open && (asked.rule = rule));
  return box;
}

function findingRow(found, mark) {
  const layer = { school: data.schools, place: data.places }[found.kind];
  const written = (value) => {
    if (value === null || value === undefined || Number.isNaN(value)) return words.unknown;
    if (found.rule.endsWith("minutes")) return minutes(value);
    return found.rule.endsWith("metres") ? metres(value) : num(value, found.kind === "county" ? 3 : 0);
  };
  const title = layer && found.at >= 0 ? name(layer.name[found.at]) : name(found.name || found.what || "");
  const inside = [
    el("span", { class: "m" }, { fresh: "＋", gone: "−" }[mark] || ""),
    title,
    el("span", { class: "v" }, `${written(found.value)} / ${written(found.limit)}`),
    el("span", { class: "sub" }, `${people(found.pupils)}${mark ? ` · ${words[mark]}` : ""}`),
  ];
  return layer && found.at >= 0
    ? el(
        "li",
        { class: mark },
        el("button", { type: "button", onclick: () => pick(found.kind, found.at, true) }, ...inside),
      )
    : el("li", { class: mark }, el("span", { class: "row" }, ...inside));
}

export { schools, findings };
