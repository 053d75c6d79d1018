// Finding: schools, villages and townships by name, by the first letters of their pinyin, by id, or by coordinates.

import { data, pick, view, words } from "./reader.js";
import * as Atlas from "./atlas.js";

const MOST = 12;

// The first sign of each letter's signs in the order of pinyin; a browser without that order finds no letters.
const FIRST = "阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他屲夕丫帀";
const LETTERS = "abcdefghjklmnopqrstwxyz";
const collator = new Intl.Collator("zh-Hans-CN-u-co-pinyin");
const ordered = collator.compare("阿", "八") < 0 && collator.compare("夕", "丫") < 0;

function letter(sign) {
  if (!ordered || !/[\u4e00-\u9fff]/.test(sign)) return sign.toLowerCase();
  let k = 0;
  while (k + 1 < FIRST.length && collator.compare(sign, FIRST[k + 1]) >= 0) k++;
  return LETTERS[k];
}

const kept = new WeakMap();
function initials(layer, at) {
  if (!kept.has(layer)) kept.set(layer, []);
  const mine = kept.get(layer);
  return (mine[at] ??= [...layer.name[at]].slice(0, 40).map(letter).join(""));
}

// Whether a school or village answers to a text: its name, id or township, or the letters of its pinyin.
function matches(layer, at, wanted) {
  const text = wanted.trim().toLowerCase();
  const township = layer.township[at] < 0 ? "" : data.townships.name[layer.township[at]];
  const whole = `${layer.name[at]} ${layer.id[at]} ${township}`.toLowerCase();
  return whole.includes(text) || (/^[a-z]{2,}$/.test(text) && initials(layer, at).includes(text));
}

// Villages, townships and a coordinate: {title, sub, go}.
function elsewhere(wanted) {
  const found = [];
  const spot = coordinate(wanted);
  if (spot) found.push({ title: `${spot[0]}, ${spot[1]}`, sub: words.coordinate, go: () => Atlas.goTo(spot) });
  const { places, townships } = data;
  townships.name.forEach((name, k) => {
    if (name.includes(wanted)) found.push({ title: name, sub: words.townshipOne, go: () => Atlas.goTo([townships.lat[k], townships.lon[k]], 2) });
  }); // prettier-ignore
  const served = new Set(view().places ? view().places.at : []);
  for (let at = 0; at < places.id.length && found.length < MOST; at++)
    if (served.has(at) && matches(places, at, wanted))
      found.push({ title: places.name[at], sub: words.village, go: () => pick("place", at, true) });
  return found;
}

// "31.42, 105.9" or "105.9 31.42": degrees, in whichever order lies in the county.
function coordinate(text) {
  const found = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  if (!found) return null;
  const [a, b] = [Number(found[1]), Number(found[2])],
    [west, south, east, north] = data.bounds;
  const inside = (lat, lon) => lat >= south && lat <= north && lon >= west && lon <= east;
  return inside(a, b) ? [a, b] : inside(b, a) ? [b, a] : null;
}

export { matches, elsewhere, letter };
