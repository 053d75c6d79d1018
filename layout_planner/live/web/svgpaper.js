// A paper that takes what is drawn on a canvas down as SVG; it knows the calls `draw.js` and `pen.js` make. No page.

const r = (number) => Math.round(number * 100) / 100;
const esc = (text) =>
  String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const ANCHOR = { left: "start", center: "middle", right: "end", start: "start", end: "end" };
const BASE = { top: "text-before-edge", middle: "central", alphabetic: "alphabetic" };

// `measure` is a real canvas context, for the widths of texts.
function svgPaper(width, height, measure) {
  const out = [];
  let path = "",
    dash = [];
  const paint = (kind, d, rule) => {
    const { fillStyle, strokeStyle, lineWidth, globalAlpha } = paper;
    const alpha = globalAlpha < 1 ? ` opacity="${r(globalAlpha)}"` : "";
    const look =
      kind === "fill"
        ? `fill="${esc(fillStyle)}"${rule === "evenodd" ? ' fill-rule="evenodd"' : ""}`
        : `fill="none" stroke="${esc(strokeStyle)}" stroke-width="${r(lineWidth)}" stroke-linejoin="round" stroke-linecap="round"${dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : ""}`;
    if (d) out.push(`<path d="${d}" ${look}${alpha}/>`);
  };
  const box = (x, y, w, h) => `M${r(x)} ${r(y)}h${r(w)}v${r(h)}h${r(-w)}z`;
  const write = (text, x, y, look) => {
    const size = /(\d+(?:\.\d+)?)px/.exec(paper.font),
      weight = /^(\d{3}|bold)/.exec(paper.font);
    out.push(`<text x="${r(x)}" y="${r(y)}" font-size="${size ? size[1] : 12}"${weight ? ` font-weight="${weight[1]}"` : ""} text-anchor="${ANCHOR[paper.textAlign] || "start"}" dominant-baseline="${BASE[paper.textBaseline] || "auto"}" ${look}>${esc(text)}</text>`); // prettier-ignore
  };
  const paper = {
    fillStyle: "#000",
    strokeStyle: "#000",
    lineWidth: 1,
    globalAlpha: 1,
    font: "12px sans-serif",
    textAlign: "left",
    textBaseline: "alphabetic",
    beginPath: () => (path = ""),
    moveTo: (x, y) => (path += `M${r(x)} ${r(y)}`),
    lineTo: (x, y) => (path += `L${r(x)} ${r(y)}`),
    quadraticCurveTo: (a, b, x, y) => (path += `Q${r(a)} ${r(b)} ${r(x)} ${r(y)}`),
    closePath: () => (path += "z"),
    // Whole circles only: nothing else is drawn.
    arc: (x, y, radius) => (path += `M${r(x - radius)} ${r(y)}a${r(radius)} ${r(radius)} 0 1 0 ${r(2 * radius)} 0a${r(radius)} ${r(radius)} 0 1 0 ${r(-2 * radius)} 0z`), // prettier-ignore
    rect: (x, y, w, h) => (path += box(x, y, w, h)),
    fill: (rule) => paint("fill", path, rule),
    stroke: () => paint("stroke", path),
    fillRect: (x, y, w, h) => paint("fill", box(x, y, w, h)),
    strokeRect: (x, y, w, h) => paint("stroke", box(x, y, w, h)),
    clearRect: () => undefined,
    setLineDash: (pattern) => (dash = pattern),
    scale: () => undefined,
    fillText: (text, x, y) => write(text, x, y, `fill="${esc(paper.fillStyle)}"${paper.globalAlpha < 1 ? ` opacity="${r(paper.globalAlpha)}"` : ""}`), // prettier-ignore
    strokeText: (text, x, y) => write(text, x, y, `fill="none" stroke="${esc(paper.strokeStyle)}" stroke-width="${r(paper.lineWidth)}" stroke-linejoin="round"`), // prettier-ignore
    measureText(text) {
      measure.font = paper.font;
      return measure.measureText(text);
    },
    // `foot` lines stand under the picture.
    svg(title, foot = []) {
      const tall = height + foot.length * 20 + (foot.length ? 14 : 0);
      const lines = foot.map(
        (text, k) => `<text x="12" y="${height + 22 + 20 * k}" font-size="14">${esc(text)}</text>`,
      );
      return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${r(width)} ${r(tall)}" width="${r(width)}" height="${r(tall)}" font-family="'Noto Sans CJK SC', 'Microsoft YaHei', SimHei, sans-serif"><title>${esc(title)}</title><rect width="100%" height="100%" fill="#fff"/><svg width="${r(width)}" height="${r(height)}">${out.join("")}</svg>${lines.join("")}</svg>`;
    },
  };
  return paper;
}

export { svgPaper };
