// The workbench: what the reader has changed, the rule pupils are sent by, steps and variants, files, the histogram.

import * as Logic from "../../live/web/logic.js";
import {
  base,
  data,
  editsOf,
  isNew,
  label,
  num,
  people,
  pick,
  said,
  set,
  spots,
  stageName,
  state,
  view,
  words,
} from "./reader.js";
import { $, el, fill } from "./nodes.js";
import { allEdits, editWords } from "./told.js";
import * as Changes from "./changes.js";
import * as Scenario from "./scenario.js";
import * as Keep from "./keep.js";
import * as Exports from "./exports.js";
import * as Qr from "./qr.js";
import * as Variants from "./variants.js";

let faults = [],
  notice = "",
  qrOpen = false,
  shareOpen = false;

const button = (text, what, enabled = true, more = {}) =>
  el("button", { type: "button", disabled: !enabled, onclick: what, ...more }, text);

function render() {
  if (!base()) return fill($("bench"));
  const edits = editsOf(),
    now = view(),
    any = Object.keys(state.edits).length > 0;
  const tools = el(
    "div",
    { class: "tools2", role: "toolbar", "aria-label": words.whatIf },
    button(words.undo, Changes.undo, Changes.canUndo(), { id: "undo", title: "Ctrl+Z" }),
    button(words.redo, Changes.redo, Changes.canRedo(), { id: "redo", title: "Ctrl+Y" }),
    button(words.reset, Changes.reset, any, { id: "reset" }),
    button(words.save, savePlan, any, { id: "save" }),
    loader(),
  );
  const count = edits.length ? `${num(edits.length)} ${edits.length === 1 ? words.edit : words.edits}` : "";
  const parts = [el("h2", {}, words.whatIf, el("small", {}, count)), tools, elsewhere()];
  parts.push(el("div", { class: "tools2" }, button(words.toBuild, () => set({ hand: { do: "site" }, pick: null }), true, { id: "newSchool" }))); // prettier-ignore
  if (edits.length) parts.push(rule(), list(edits), verdict(now));
  else parts.push(el("p", {}, words.whatIfHint));
  parts.push(steps(), Variants.box(), sharing(any, edits.length > 0 || state.plan > 0));
  if (notice) parts.push(el("p", { role: "status", id: "notice" }, notice));
  if (faults.length)
    parts.push(el("div", { class: "faults", role: "alert" }, words.notLoaded, el("ul", {}, ...faults.slice(0, 12).map((text) => el("li", {}, el("bdi", {}, text)))))); // prettier-ignore
  return fill($("bench"), parts);
}

function savePlan() {
  Scenario.save();
  Keep.saved();
}

function loader() {
  const input = el("input", {
    type: "file",
    accept: ".yaml,.yml,.json",
    id: "load",
    class: "unseen",
    "aria-label": words.loadFile,
  });
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    file.text().then((text) => {
      faults = Scenario.loadText(text);
      notice = faults.length ? "" : Scenario.loadNotice();
      render();
    });
  });
  return el("label", { class: "button" }, words.loadFile, input);
}

// Edits that stand on another plan or stage are not lost: where they are, and how to have them here.
function elsewhere() {
  const lines = [];
  data.plans.forEach((plan, k) => {
    const count = k === state.plan ? 0 : allEdits(k).length;
    if (!count) return;
    lines.push(
      el(
        "p",
        { class: "elsewhere" },
        said(words.editsOnPlan, { plan: label(plan), n: num(count) }),
        " ",
        button(words.showThem, () => set({ plan: k }), true, { class: "inline", "data-plan": String(k) }),
        " ",
        button(words.bringThem, () => Changes.carryOver(k), true, { class: "inline" }),
      ),
    );
  });
  for (const { id } of data.stages) {
    const count = id === state.stage ? 0 : editsOf(id).length;
    if (count)
      lines.push(
        el(
          "p",
          { class: "elsewhere" },
          said(words.editsOnPlan, { plan: stageName(id), n: num(count) }),
          " ",
          button(words.showThem, () => set({ stage: id, pick: null }), true, { class: "inline" }),
        ),
      );
  }
  return lines;
}

function rule() {
  const ask = data.live[state.stage].ask;
  const choice = (seats, text) =>
    button(text, () => set({ seats }), true, { "aria-pressed": String(state.seats === seats) });
  return el(
    "div",
    {},
    el(
      "div",
      { class: "pair", role: "group", "aria-label": words.method },
      choice(true, words.bySeats),
      choice(false, words.byNearest),
    ),
    el("p", {}, state.seats ? said(words.bySeatsNote, { n: num(ask) }) : words.byNearestNote),
  );
}

function list(edits) {
  const items = edits.map((edit) => {
    const text = editWords(edit);
    const show = () => (edit.do === "pin" ? pick("place", edit.place, true) : pick("school", edit.school, true));
    return el(
      "li",
      {},
      el(
        "span",
        { class: "row" },
        el("button", { type: "button", class: "plain", onclick: show }, el("bdi", { title: text }, text)),
        button("✕", () => Changes.drop(edit), true, { "aria-label": `${words.takeBack} ${Logic.short(text, 24)}` }),
      ),
    );
  });
  return el("ul", { class: "rows", id: "edits" }, ...items);
}

// Who moved, who is left, what the page cannot tell.
function verdict(now) {
  const { figures, result } = now,
    lines = [];
  const line = (text, bad = false) => lines.push(el("p", { class: bad ? "bad" : "" }, text));
  line(`${words.moving}${words.colon}${people(figures.pupils_moved)}`);
  if (figures.unplaced - figures.unknown > 0) line(`${words.unplaced}${words.colon}${people(figures.unplaced - figures.unknown)}`, true); // prettier-ignore
  if (figures.unknown > 0) line(`${words.unknownWhere}${words.colon}${people(figures.unknown)}`, true);
  if (result.homeless > 0) line(`${words.homelessOnes}${words.colon}${people(result.homeless)}`);
  if (editsOf().some((edit) => edit.do === "open" && isNew(edit.school))) line(words.estimatedLine, true);
  if (result.vague > 0) line(`${words.vague}${words.colon}${people(result.vague)}`);
  return el("div", { id: "verdict", "aria-live": "polite" }, ...lines);
}

// The steps so far, each to go back to.
function steps() {
  const all = Changes.steps();
  if (all.length < 2) return null;
  const items = all.map((count, k) =>
    button(String(k), () => Changes.goTo(k), true, {
      "aria-pressed": String(k === Changes.stepNow()),
      title: said(words.stepOf, { k, n: num(count) }),
    }),
  );
  return el("details", { class: "fold", id: "steps" }, el("summary", {}, said(words.steps, { n: num(all.length - 1) })), el("div", { class: "stepsRow" }, items.slice(-24))); // prettier-ignore
}

function qrBox() {
  const drawn = Qr.code(Keep.address());
  if (!drawn) return el("p", { class: "bad" }, words.qrTooLong);
  drawn.setAttribute("aria-label", words.qr);
  return el("figure", { id: "qr" }, drawn, el("figcaption", {}, words.qrNote));
}

// A state that came by a link, a scanned code or a letter.
function pasteBox(then) {
  const input = el("input", { type: "text", id: "paste", placeholder: words.paste, "aria-label": words.paste });
  input.addEventListener("change", () => input.value.trim() && then(() => Keep.paste(input.value))());
  return el("p", {}, input);
}

// What can be taken along: this page with the edits, a link, the villages concerned, pictures, a print pack.
function sharing(any, affected) {
  const then = (what) => () => {
    notice = "";
    Promise.resolve(what()).then((said) => {
      notice = said || "";
      render();
    });
  };
  return el(
    "details",
    { class: "fold", id: "share", open: shareOpen, ontoggle: (event) => (shareOpen = event.target.open) },
    el("summary", {}, words.share),
    el(
      "div",
      { class: "tools2" },
      button(words.savePage, then(Keep.savePage), true, { id: "savePage" }),
      button(words.copyLink, then(Keep.copyLink), true, { id: "copyLink" }),
      button(words.qr, () => ((qrOpen = !qrOpen), render()), true, { id: "qrOn", "aria-pressed": String(qrOpen) }),
      button(words.villagesCsv, then(Exports.villagesCsv), affected, { id: "villagesCsv" }),
      button(words.villagesXlsx, then(Exports.villagesXlsx), affected, { id: "villagesXlsx" }),
      spots.length ? button(words.sitesCsv, then(Exports.sitesCsv), true, { id: "sitesCsv" }) : null,
      button(words.mapPng, then(Exports.mapPng), true, { id: "mapPng" }),
      button(words.mapSvg, then(Exports.mapSvg), true, { id: "mapSvg" }),
    ),
    qrOpen ? qrBox() : null,
    pasteBox(then),
    any ? null : el("p", {}, words.shareHint),
  );
}

export { render };
