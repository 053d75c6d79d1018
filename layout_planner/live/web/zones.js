// Whether the villages of a school hang together: which lie beside each other is told by the data. No page, no state.

import { unpack } from "./start.js";

// Place → the places beside it; null where the data do not say.
function neighbours({ beside, places }) {
  const found = places.id.map(() => []);
  const add = (a, b) => (found[a].push(b), found[b].push(a));
  if (beside) {
    const other = unpack(beside.b);
    unpack(beside.a).reduce((at, step, k) => (add(at + step, other[k]), at + step), 0);
  } else if (places.borders)
    places.borders.left.forEach((at, k) => at >= 0 && places.borders.right[k] >= 0 && add(at, places.borders.right[k])); // prettier-ignore
  else return null;
  return found;
}

// The pieces the villages of a school fall into, most pupils first: [[place, …], …]. `places` is a view's.
function pieces(places, school, beside) {
  const pupils = new Map(places.at.filter((_, k) => places.school[k] === school).map((at) => [at, 0]));
  places.at.forEach((at, k) => pupils.has(at) && pupils.set(at, places.pupils[k]));
  const left = new Set(pupils.keys()),
    found = [];
  for (const first of pupils.keys()) {
    if (!left.delete(first)) continue;
    const piece = [first];
    for (let k = 0; k < piece.length; k++) for (const next of beside[piece[k]]) if (left.delete(next)) piece.push(next);
    found.push(piece);
  }
  const weight = (piece) => piece.reduce((sum, at) => sum + pupils.get(at), 0);
  return found.sort((a, b) => weight(b) - weight(a) || b.length - a.length || a[0] - b[0]);
}

export { neighbours, pieces };
