// The findings: every rule that is broken, most severe first, how it stands while edits are on the page, and what could not
// be checked.

import {
  comparing,
  data,
  label,
  metres,
  minutes,
  num,
  people,
  pick,
  reference,
  ruleName,
  said,
  view,
  words,
} from "./reader.js";
import { $, el, fill, name } from "./nodes.js";
import { judgedNow, severity } from "./told.js";

const MOST = 60;
const asked = { rule: null };

function render() {
  const now = view();
  if (!now.findings) return fill($("findings"));
  const before = comparing() ? reference().findings || [] : null;
  const old = before && new Set(before.map((found) => found.key));
  const keys = new Set(now.findings.map((found) => found.key));
  const gone = before ? before.filter((found) => !keys.has(found.key)) : [];
  const rules = new Map();
  for (const found of now.findings) add(rules, found, old && !old.has(found.key) ? "fresh" : "stays");
  for (const found of gone) add(rules, found, "gone");
  const ordered = [...rules].sort((a, b) => advice(a[1]) - advice(b[1]) || severity(a[0]) - severity(b[0]));
  const parts = ordered.map(([rule, group]) => groupOf(rule, group, before, now));
  return fill(
    $("findings"),
    el("p", { id: "findingsTotal" }, told(now.findings.length, before && before.length)),
    parts.length ? parts : el("p", {}, words.noFindings),
    unchecked(now),
  );
}

const all = (group) => [...group.fresh, ...group.stays, ...group.gone];
const advice = (group) => (all(group).every((found) => found.severity === "advice") ? 1 : 0);

const told = (count, before) =>
  `${num(count)} ${words.findingsFound}${before === null || before === count ? "" : ` (${before < count ? "+" : "−"}${num(Math.abs(count - before))})`}`;

function add(rules, found, kind) {
  if (!rules.has(found.rule)) rules.set(found.rule, { fresh: [], stays: [], gone: [] });
  rules.get(found.rule)[kind].push(found);
}

function groupOf(rule, group, before, now) {
  const still = [...group.fresh, ...group.stays].sort((a, b) => (b.pupils || 0) - (a.pupils || 0)),
    first = still[0] || group.gone[0];
  const fresh = new Set(group.fresh);
  const rows = still.slice(0, MOST).map((found) => findingRow(found, fresh.has(found) && before ? "fresh" : ""));
  rows.push(...group.gone.slice(0, MOST).map((found) => findingRow(found, "gone")));
  const pupils = still.reduce((sum, found) => sum + (found.pupils || 0), 0);
  const changes = [
    before && group.fresh.length ? `+${num(group.fresh.length)}` : "",
    before && group.gone.length ? `−${num(group.gone.length)}` : "",
  ].filter(Boolean).join(" "); // prettier-ignore
  const state = judgedNow(rule, now);
  const box = el(
    "details",
    { open: asked.rule === rule || changes !== "", "data-rule": rule },
    el(
      "summary",
      {},
      `${ruleName(rule)} `,
      el("b", {}, num(still.length)),
      changes ? el("b", { class: "bad" }, ` ${changes}`) : null,
      el("small", {}, ` · ${people(pupils)}`),
      state ? el("small", { class: "judged" }, ` · ${state}`) : null,
    ),
    first.source ? el("p", { class: "source" }, el("bdi", {}, `${first.severity === "advice" ? words.advice : words.must} · ${label(first.source)}`)) : null, // prettier-ignore
    el("ul", { class: "rows" }, ...rows),
    still.length > MOST ? el("p", {}, `${words.more} ${num(still.length - MOST)} ${words.items}`) : null,
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
  const what = found.what ? label(found.what) : "";
  const title = layer && found.at >= 0 ? name(layer.name[found.at]) : name(found.name || what);
  // What a finding says beyond the name of its rule: the indicators that are short, the grade of the building.
  const more = what && what !== ruleName(found.rule) && layer ? ` · ${what}` : "";
  const inside = [
    el("span", { class: "m" }, { fresh: "＋", gone: "−" }[mark] || ""),
    title,
    el("span", { class: "v" }, `${written(found.value)} / ${written(found.limit)}`),
    el("span", { class: "sub" }, `${people(found.pupils)}${mark ? ` · ${words[mark]}` : ""}${more}`),
  ];
  return layer && found.at >= 0
    ? el(
        "li",
        { class: mark },
        el("button", { type: "button", onclick: () => pick(found.kind, found.at, true) }, ...inside),
      )
    : el("li", { class: mark }, el("span", { class: "row" }, ...inside));
}

// Rules nobody could hold against the plan, and for want of what.
function unchecked(now) {
  const rows = now.unchecked || [];
  if (!rows.length) return null;
  const items = rows.map((row) =>
    el(
      "li",
      { "data-unchecked": row.rule },
      el("span", { class: "row" }, el("span", {}, "？"), el("span", {}, ruleName(row.rule)), el("span", { class: "v" }), el("span", { class: "sub" }, said(words.wants, { data: label(row.missing) }))), // prettier-ignore
    ),
  );
  return el(
    "details",
    { id: "unchecked", open: true },
    el("summary", {}, `${words.unchecked} `, el("b", {}, num(rows.length))),
    el("ul", { class: "rows" }, ...items),
  );
}

export { render };
