// Files the page hands out: names, and the hand-out itself.

import { data, state } from "./reader.js";

const clean = (text) => text.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");

// "涪溪县-hill-merge-edits.yaml"
const fileName = (end) => `${clean(data.title)}-${clean(data.plans[state.plan].id)}-${end}`;

function saveFile(name, parts, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export { fileName, saveFile };
