// The signs of the map, drawn alike on the map and in the legend.

import { STATE } from "../../live/web/logic.js";
import * as Logic from "../../live/web/logic.js";

const INK = "#22303c",
  CLOSURE = "#b1122b",
  EDITED = "#007a53",
  FONT = '"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", SimHei, sans-serif';

// One school's sign; the legend draws with it too.
function symbol(ctx, { x, y, r, state, load }, style, colour = null) {
  if (state === STATE.site) return square(ctx, x, y, r);
  if (state === STATE.closed) return cross(ctx, x, y, r, "#7a828b", 1.6);
  if (state === STATE.ended) {
    cross(ctx, x, y, r + 1, "#fff", 6);
    return cross(ctx, x, y, r + 1, CLOSURE, 3);
  }
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 7);
  const cls = Logic.classOf(load, style.load.limits);
  ctx.fillStyle =
    state === STATE.planned ? "#fff" : colour !== null ? colour : cls < 0 ? style.unknown : style.load.colours[cls];
  ctx.fill();
  ctx.lineWidth = 1.2;
  ctx.strokeStyle = INK;
  if (state === STATE.planned) ctx.setLineDash([2.5, 2]);
  ctx.stroke();
  ctx.setLineDash([]);
  if (state === STATE.open && cls === style.load.limits.length) {
    ctx.beginPath();
    ctx.arc(x, y, r + 2.6, 0, 7);
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = style.load.colours[cls];
    ctx.stroke();
  }
  return undefined;
}

// A candidate site: nothing stands there yet.
function square(ctx, x, y, r) {
  ctx.setLineDash([2, 2]);
  ctx.strokeStyle = "#5a6673";
  ctx.lineWidth = 1.2;
  ctx.strokeRect(x - r, y - r, 2 * r, 2 * r);
  ctx.setLineDash([]);
}

function cross(ctx, x, y, r, colour, width) {
  ctx.beginPath();
  ctx.moveTo(x - r, y - r);
  ctx.lineTo(x + r, y + r);
  ctx.moveTo(x + r, y - r);
  ctx.lineTo(x - r, y + r);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

function arrow(ctx, x1, y1, x2, y2, width) {
  const [cx, cy] = Logic.bend(x1, y1, x2, y2);
  const angle = Math.atan2(y2 - cy, x2 - cx),
    head = 5 + width * 1.6;
  const far = Math.hypot(x2 - x1, y2 - y1);
  if (far < head) return;
  const stop = Math.min(6, far / 4); // stops before the school's middle, so that the head is seen
  const tx = x2 - Math.cos(angle) * stop,
    ty = y2 - Math.sin(angle) * stop;
  const neckX = tx - Math.cos(angle) * head * 0.8,
    neckY = ty - Math.sin(angle) * head * 0.8;
  for (const [colour, extra] of [
    ["#fff", 2.4],
    [CLOSURE, 0],
  ]) {
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = width + extra;
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.quadraticCurveTo(cx, cy, neckX, neckY);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(tx, ty);
    for (const side of [-1, 1])
      ctx.lineTo(tx - Math.cos(angle + side * 0.45) * head, ty - Math.sin(angle + side * 0.45) * head);
    ctx.closePath();
    ctx.fill();
  }
}

// Children without a school.
function alarmSign(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x, y - r - 1);
  ctx.lineTo(x + r + 1, y);
  ctx.lineTo(x, y + r + 1);
  ctx.lineTo(x - r - 1, y);
  ctx.closePath();
  ctx.fillStyle = "#d0021b";
  ctx.fill();
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = 1.4;
  ctx.stroke();
  ctx.fillStyle = "#fff";
  ctx.font = `700 ${Math.round(r * 1.5)}px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText("!", x, y + 0.5);
}

export { alarmSign, symbol, arrow, cross, square, CLOSURE, EDITED, INK, FONT };
