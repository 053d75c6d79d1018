// The A4 pack: a decision sheet, the map, the closures with their villages, the red lines, lines to sign on.

import * as Logic from "../../live/web/logic.js";
import {
  comparing,
  data,
  minutes,
  missing,
  missingThen,
  num,
  people,
  reference,
  stageName,
  township,
  view,
  words,
} from "./reader.js";
import { $, el, name } from "./nodes.js";
import { alarm, laterAlarm, sentence, titled } from "./told.js";
import { affected } from "../../live/web/affected.js";
import { imprint } from "./paper.js";
import * as Atlas from "./atlas.js";
import * as Sheets from "./sheets.js";
import { value } from "./tiles.js";

let on = false;
const printing = () => on;

// Make the pack, print it, take it away again.
function print() {
  make();
  window.print();
  if (on) done();
}

function make() {
  done();
  on = true;
  const rule = el("style", { id: "paper" });
  rule.textContent = "@page { size: A4 portrait; margin: 14mm; }";
  document.head.append(rule);
  document.body.append(el("div", { id: "pack" }, decision(), mapSheet(), closures(), redlines()));
  document.body.classList.add("packing");
}

function done() {
  on = false;
  document.body.classList.remove("packing");
  for (const id of ["pack", "paper"]) if ($(id)) $(id).remove();
}

const head = (text) => [el("h1", {}, name(data.title), ` · ${stageName()}`), el("h2", {}, text), imprint()];

function decision() {
  const rows = Logic.scoreRows(view(), comparing() ? reference() : null).filter(
    (row) => row.key !== null && row.value !== null,
  );
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, [words.measure, ...(comparing() ? [words.before] : []), words.now, words.limit].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, missingRow(), rows.map((row) => el("tr", {}, el("td", {}, labelOf(row)), comparing() ? el("td", {}, row.fresh ? words.byTheEdits : value(row, row.before)) : null, el("td", {}, value(row, row.value)), el("td", {}, row.limit === null ? "" : value(row, row.limit))))),
  ); // prettier-ignore
  const sign = words.signers.map((who) =>
    el("p", { class: "sign" }, `${who}${words.colon}`, el("span", {}), words.signDate, el("span", {})),
  );
  return el("section", {}, head(words.decisionSheet), alarm() ? el("p", { class: "alarm" }, alarm()) : null, laterAlarm() ? el("p", { class: "bad" }, laterAlarm()) : null, el("p", { class: "lead" }, el("b", {}, titled()), words.colon, sentence()), table, el("div", { class: "signs" }, ...sign)); // prettier-ignore
}

// Who has no school stands first, of all stages.
function missingRow() {
  const sum = (found) => people(found.reduce((all, { total }) => all + total, 0));
  const now = missing(),
    then = comparing() ? missingThen() : null;
  return el("tr", { class: now.length ? "bad" : "", "data-measure": "missing" }, el("td", {}, words.missing), then === null ? null : el("td", {}, sum(then)), el("td", {}, sum(now)), el("td", {}, "0")); // prettier-ignore
}

const labelOf = (row) => row[document.documentElement.lang.startsWith("zh") ? "zh" : "en"];

// The map at the width of the paper, with the signs that must not be missed.
function mapSheet() {
  const { x: width, y: height } = Atlas.leaflet().getSize(),
    canvas = el("canvas", { width: width * 2, height: height * 2 });
  const ctx = canvas.getContext("2d");
  ctx.scale(2, 2);
  Atlas.paintOn(ctx, width, height);
  return el("section", {}, head(words.map), canvas, el("div", { class: "packLegend" }, legend()));
}

// The legend with its signs, painted over: a cloned picture is not there yet when the print begins.
function legend() {
  const copy = $("keys").cloneNode(true),
    from = $("keys").querySelectorAll("img");
  copy.querySelectorAll("img").forEach((sign, k) => {
    const { width, height } = from[k],
      canvas = el("canvas", { width: width * 2, height: height * 2, style: `width:${width}px;height:${height}px` });
    if (from[k].complete) canvas.getContext("2d").drawImage(from[k], 0, 0, width * 2, height * 2);
    sign.replaceWith(canvas);
  });
  // A layer that is off is not on the map.
  const boxes = $("keys").querySelectorAll("input");
  copy.querySelectorAll("input").forEach((box, k) => boxes[k].checked || box.closest(".key").remove());
  copy.removeAttribute("id");
  return copy;
}

function closures() {
  const rows = comparing() ? affected(view(), reference()) : [];
  const school = (at) => (at < 0 ? words.noSchool : Logic.short(data.schools.name[at], 20));
  const heads = [
    words.village,
    words.township,
    words.pupilsHead,
    words.schoolBefore,
    words.schoolAfter,
    words.minutesBefore,
    words.minutesAfter,
    words.why,
  ];
  const ended = Logic.closures(view()).map(({ school: at }) => data.schools.name[at]);
  return el(
    "section",
    {},
    head(words.closures),
    el("p", {}, ended.length ? ended.join(words.listed) : words.closuresNone),
    el(
      "table",
      { class: "villages" },
      el("thead", {}, el("tr", {}, el("th", { class: "which", colSpan: heads.length }, `${titled()}${words.colon}${sentence()}`)), el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows.map((row) => el("tr", { class: row.to < 0 ? "bad" : "" }, [data.places.name[row.place], township(data.places, row.place), num(row.pupils), school(row.from), school(row.to), row.before === null ? "—" : minutes(row.before), row.after === null ? "—" : minutes(row.after), words.whys[row.why]].map((text) => el("td", {}, el("bdi", {}, Logic.short(String(text), 24))))))),
    ),
    el("p", {}, `${words.total}${words.colon}${people(rows.reduce((sum, row) => sum + row.pupils, 0))}`),
  ); // prettier-ignore
}

const redlines = () =>
  el(
    "section",
    {},
    head(words.sheets.redlines),
    Sheets.redlines().filter((node) => !node || node.tagName !== "BUTTON"),
  );

export { print, make, done, printing };
