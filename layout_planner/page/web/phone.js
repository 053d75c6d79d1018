// On a phone the panel is a sheet over the map: pulled, or pressed, to three heights.

import { $ } from "./nodes.js";

const HEIGHTS = [18, 46, 88]; // per cent of the map
let height = HEIGHTS[1];

function to(per) {
  height = Math.min(94, Math.max(12, per));
  document.querySelector(".body").style.setProperty("--sheet", `${height}%`);
}

// Something was chosen: the sheet shows it, and leaves the map in sight.
const show = () => height < HEIGHTS[1] && to(HEIGHTS[1]);

function hang() {
  const grip = $("sheetSize"),
    whole = () => document.querySelector(".body").clientHeight;
  let from = null,
    pulled = false;
  grip.addEventListener("pointerdown", (event) => {
    grip.setPointerCapture(event.pointerId);
    from = { y: event.clientY, height };
    pulled = false;
  });
  grip.addEventListener("pointermove", (event) => {
    if (!from || Math.abs(event.clientY - from.y) < 4) return;
    pulled = true;
    to(from.height + ((from.y - event.clientY) / whole()) * 100);
  });
  for (const end of ["pointerup", "pointercancel"])
    grip.addEventListener(end, () => {
      if (from && pulled) to(HEIGHTS.reduce((a, b) => (Math.abs(b - height) < Math.abs(a - height) ? b : a)));
      from = null;
    });
  // A press without pulling, or a key: the next height, the lowest after the highest.
  grip.addEventListener("click", () => {
    if (!pulled) to(HEIGHTS.find((each) => each > height + 1) || HEIGHTS[0]);
    pulled = false;
  });
}

export { hang, show };
