// How nodes are made: every text reaches the page through textContent, nothing writes markup.

const SVG = "http://www.w3.org/2000/svg";
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);
const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
const $ = (id) => document.getElementById(id);

const shown = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "");

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...shown(children));
  return node;
}

// Put other children into a node; what is null or empty is left out.
function fill(node, ...children) {
  node.replaceChildren(...shown(children));
}

// A name from the data: shut in its own box, so that one that turns the text around turns nothing else.
const name = (text) => el("bdi", { title: text }, text);

export { $, svg, el, fill, name };
