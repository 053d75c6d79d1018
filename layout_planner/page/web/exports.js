// What the page hands out of a plan: the villages concerned as a table, the map as a picture. Every file says which plan,
// which edits, the date, the data, and who is left without a school.

import { comparing, data, isNew, reference, referenceName, stageName, township, view, words } from "./reader.js";
import { affected } from "../../live/web/affected.js";
import { csv, xlsx } from "../../live/web/sheetfile.js";
import { svgPaper } from "../../live/web/svgpaper.js";
import { fileName, saveFile } from "./files.js";
import { alarm, allEdits as editsAll, editLines, laterAlarm, narrowed, planTitle } from "./told.js";
import { note } from "./scenario.js";
import * as Atlas from "./atlas.js";

// The heads and rows of the villages concerned.
function villages() {
  const rows = affected(view(), reference());
  const minutesOf = (value) => (value === null ? null : Math.round(value * 10) / 10);
  const school = (at) => (at < 0 ? words.noSchool : data.schools.name[at]);
  return [
    [words.villageId, words.village, words.township, words.stage, words.pupilsHead, words.schoolBefore, words.schoolAfter, words.minutesBefore, words.minutesAfter, words.why], // prettier-ignore
    ...rows.map((row) => [
      data.places.id[row.place],
      data.places.name[row.place],
      township(data.places, row.place),
      stageName(),
      Math.round(row.pupils * 10) / 10,
      school(row.from),
      school(row.to),
      minutesOf(row.before),
      minutesOf(row.after),
      words.whys[row.why],
    ]),
  ];
}

// What stands with every file, line by line.
function colophon() {
  return [
    note(),
    comparing() ? `${words.against}${referenceName()}` : "",
    ...editLines(),
    alarm(),
    laterAlarm(),
    editsAll().some(({ edit }) => isNew(edit.school)) ? words.estimatedLine : "",
    ...narrowed().map(({ text }) => text),
    data.simulated ? words.simulated : "",
  ].filter(Boolean);
}

const villagesCsv = () => saveFile(fileName("villages.csv"), [csv([...villages(), [], ...colophon().map((line) => [line])])], "text/csv"); // prettier-ignore

// The new schools as rows of the study's candidate sites; with them `solve` measures the ways that are estimated here.
function sitesCsv() {
  const rows = editsAll().filter(({ edit }) => edit.do === "open" && isNew(edit.school));
  const { id, name, lon, lat } = data.schools;
  const told = rows.map(({ stage, edit: { school, seats } }) => [id[school], name[school], stage, seats, lon[school], lat[school]]); // prettier-ignore
  return saveFile(
    fileName("sites.csv"),
    [csv([["site_id", "name", "stage", "seats", "lon", "lat"], ...told])],
    "text/csv",
  );
}

function villagesXlsx() {
  const sheets = [
    { name: words.villagesSheet, rows: villages() },
    { name: words.notes, rows: colophon().map((line) => [line]) },
  ];
  const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  saveFile(fileName("villages.xlsx"), [xlsx(sheets)], type);
}

// ---- the map as a picture -----------------------------------------------------------------------------------------------

const pictureLines = () => [`${data.title} · ${stageName()} · ${planTitle()}`, ...colophon()];

// The map as it is on the screen, twice as sharp, with the lines under it.
function mapPng() {
  const { x: width, y: height } = Atlas.leaflet().getSize(),
    k = 2,
    lines = pictureLines();
  const canvas = document.createElement("canvas");
  const tall = height + lines.length * 20 + 14;
  canvas.width = width * k;
  canvas.height = tall * k;
  const ctx = canvas.getContext("2d");
  ctx.scale(k, k);
  Atlas.paintOn(ctx, width, height);
  ctx.fillStyle = "#fff";
  ctx.fillRect(0, height, width, tall - height);
  ctx.fillStyle = "#22303c";
  ctx.font = '14px "Noto Sans CJK SC", "Microsoft YaHei", SimHei, sans-serif';
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  lines.forEach((line, n) => ctx.fillText(line, 12, height + 22 + 20 * n, width - 24));
  return new Promise((done) =>
    canvas.toBlob((blob) => {
      saveFile(fileName("map.png"), [blob], "image/png");
      done("");
    }, "image/png"),
  );
}

function mapSvg() {
  const { x: width, y: height } = Atlas.leaflet().getSize();
  const paper = svgPaper(width, height, document.createElement("canvas").getContext("2d"));
  Atlas.paintOn(paper, width, height);
  saveFile(fileName("map.svg"), [paper.svg(planTitle(), pictureLines())], "image/svg+xml");
}

export { villages, villagesCsv, sitesCsv, villagesXlsx, colophon, mapPng, mapSvg };
