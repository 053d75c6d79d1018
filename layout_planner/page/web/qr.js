// The state of the page as a QR code, to be scanned off a screen or a print; drawn by qrcode-generator (see ../vendor).

/* global qrcode */
import { svg } from "./nodes.js";

const MOST = 1_200; // signs; a code of more is too fine for a phone

// null where the state is too long.
function code(text) {
  if (text.length > MOST) return null;
  const drawn = qrcode(0, "M"); // as large as it needs to be
  drawn.addData(text);
  drawn.make();
  const n = drawn.getModuleCount();
  let dark = "";
  for (let row = 0; row < n; row++) for (let col = 0; col < n; col++) if (drawn.isDark(row, col)) dark += `M${col + 4} ${row + 4}h1v1h-1z`; // prettier-ignore
  const side = n + 8;
  return svg(
    "svg",
    { viewBox: `0 0 ${side} ${side}`, class: "qr", role: "img", "shape-rendering": "crispEdges" },
    svg("rect", { width: side, height: side, fill: "#fff" }),
    svg("path", { d: dark, fill: "#000" }),
  );
}

export { code };
