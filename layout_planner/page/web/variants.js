// Variants of the reader's edits side by side: A, B, C with their main figures.

import * as Logic from "../../live/web/logic.js";
import { data, keyOf, label, num, said, state, words } from "./reader.js";
import { liveView, missingOf } from "../../live/web/live.js";
import { ALL } from "../../live/web/views.js";
import * as Reader from "./reader.js";
import { el } from "./nodes.js";
import * as Changes from "./changes.js";

const MOST = 5;
const ROWS = ["schools", "pupils_moved", "minutes_mean", "over_full_schools", "large_classes"];

function box() {
  const { variants } = Changes;
  const keep = el("button", { type: "button", id: "keepVariant", disabled: variants.length >= MOST || !Object.keys(state.edits).length, onclick: Changes.keepVariant }, words.keepVariant); // prettier-ignore
  return el(
    "details",
    { class: "fold", id: "variants", open: variants.length > 0 },
    el("summary", {}, said(words.variants, { n: num(variants.length) })),
    keep,
    variants.length ? table(variants) : el("p", {}, words.variantsHint),
  );
}

function table(variants) {
  const views = variants.map(viewOf);
  const heads = variants.map((variant, k) =>
    el(
      "th",
      { scope: "col" },
      el("button", { type: "button", class: "inline", title: label(data.plans[variant.plan]), onclick: () => Changes.showVariant(k) }, variant.name),
      el("button", { type: "button", class: "inline", "aria-label": `${words.takeAway} ${variant.name}`, onclick: () => Changes.dropVariant(k) }, "✕"),
    ),
  ); // prettier-ignore
  const row = (text, values, bad = () => false) =>
    el(
      "tr",
      {},
      el("td", {}, text),
      values.map((value, k) => el("td", { class: bad(k) ? "bad" : "" }, value)),
    );
  const missing = variants.map(missingIn);
  return el(
    "table",
    { id: "variantTable" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, words.measure), heads)),
    el(
      "tbody",
      {},
      row(words.missing, missing.map((n) => num(n)), (k) => missing[k] > 0.5), // prettier-ignore
      ROWS.map((measure) => {
        const known = (views[0].scores || []).find((each) => each.measure === measure);
        if (!known) return null;
        const values = views.map(
          (view) => (view.scores.find((each) => each.measure === measure) || { value: null }).value,
        );
        return row(label(known), values.map((value) => Logic.written(value, known.kind, state.lang, words))); // prettier-ignore
      }),
    ),
  );
}

// Children without a school in a variant, of all its stages.
function missingIn(variant) {
  variant.missing ??= data.stages.reduce((sum, { id }) => {
    const edits = variant.edits[keyOf(id, variant.plan)] || [],
      start = edits.length ? Reader.base(id, variant.plan) : null;
    const fixed = data.views[id][variant.plan];
    const found = start
      ? liveView(fixed, start, edits, { seats: variant.seats, grades: ALL }).missing
      : missingOf(fixed);
    return sum + found.total;
  }, 0);
  return variant.missing;
}

// The stage shown of a variant, worked out once.
function viewOf(variant) {
  variant.views ||= new Map();
  const key = `${state.stage} ${state.grades}`;
  if (!variant.views.has(key)) {
    const start = Reader.base(state.stage, variant.plan),
      fixed = data.views[state.stage][variant.plan],
      edits = variant.edits[keyOf(state.stage, variant.plan)] || [];
    variant.views.set(
      key,
      start ? liveView(fixed, start, edits, { seats: variant.seats, grades: state.grades }) : fixed,
    );
  }
  return variant.views.get(key);
}

export { box };
