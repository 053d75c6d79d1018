// What is written on the map, and the sign of children without a school; painted last.

import { STATE } from "../../live/web/logic.js";
import * as Logic from "../../live/web/logic.js";
import { INK, CLOSURE, FONT, alarmSign } from "./pen.js";

// Places with children who have no school: a red diamond with "!", whatever else is on the map.
function homeless(sheet, places) {
  const { ctx, view, frame } = sheet;
  const at = new Map(places.map((place) => [place.at, place]));
  const far = frame.near > 1.4;
  for (const [place, pupils] of view.missing || []) {
    const spot = at.get(place);
    if (!spot) continue;
    alarmSign(ctx, spot.x, spot.y, Math.max(5, spot.r * 1.25));
    if (far) told(ctx, String(Math.round(pupils)), spot.x + spot.r + 5, spot.y);
  }
}

function told(ctx, text, x, y) {
  ctx.font = `700 11px ${FONT}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 3;
  ctx.strokeStyle = "#fff";
  ctx.strokeText(text, x, y);
  ctx.fillStyle = CLOSURE;
  ctx.fillText(text, x, y);
}

// Spots about a point, the nearest first.
const AROUND = [0, 16, 30, 46, 64].flatMap((far) =>
  far
    ? [0, 1, 2, 3, 4, 5, 6, 7].map((k) => [far * Math.sin((k * Math.PI) / 4), -far * Math.cos((k * Math.PI) / 4)])
    : [[0, 0]],
);

function labels(sheet, schools, places, taken) {
  const { ctx, scene, state, frame } = sheet;
  // Signs and numbers take their room first; a label tries several spots around its point.
  const wanted = taken.map(({ x, y, r }) => ({ spots: [[x - r, y - r]], w: 2 * r, h: 2 * r, solid: true }));
  const want = (text, font, colour, spotsFor) => {
    ctx.font = font;
    const shown = Logic.short(text, 14),
      w = ctx.measureText(shown).width,
      h = 14;
    wanted.push({ text: shown, w, h, font, colour, spots: spotsFor(w, h) });
  };
  for (const { at: spot, text } of sheet.view.numbers || []) {
    const [x, y] = sheet.xy(spot);
    // A district is told by its number alone: it finds a spot, however crowded.
    want(text, `700 16px ${FONT}`, INK, (w, h) => AROUND.map(([east, south]) => [x - w / 2 + east, y - h / 2 + south]));
  }
  for (const k of scene.townships.order) {
    const [x, y] = sheet.xy(scene.townships.at[k]);
    const shifts = [0, 17, -17, 31, -31];
    want(scene.data.townships.name[k], `600 12.5px ${FONT}`, "#4d4466", (w, h) =>
      shifts.map((shift) => [x - w / 2, y - h / 2 + shift]),
    );
  }
  for (const { at, x, y, r, state: now } of state.layers.names || frame.near > 1.4 ? schools : []) {
    if (now === STATE.closed || now === STATE.site) continue;
    const clear = r + 5; // clear of the sign's own box with its gap
    want(scene.data.schools.name[at], `11px ${FONT}`, now === STATE.ended ? CLOSURE : INK, (w, h) => [
      [x - w / 2, y + clear],
      [x - w / 2, y - clear - h],
      [x + clear, y - h / 2],
      [x - clear - w, y - h / 2],
    ]);
  }
  for (const { at, x, y, r } of frame.near > 2.6 ? places : []) {
    want(scene.data.places.name[at], `10.5px ${FONT}`, "#5a4a35", (w, h) => [
      [x - w / 2, y + r + 2],
      [x - w / 2, y - r - 2 - h],
    ]);
  }
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.lineWidth = 3;
  for (const { text, x, y, font, colour } of Logic.declutter(wanted, frame.width, frame.height)) {
    ctx.font = font;
    ctx.strokeStyle = "rgba(255,255,255,.9)";
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }
}

export { homeless, labels };
