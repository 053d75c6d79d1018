// Finding: schools, villages and townships by name, by pinyin (whole or first letters), by id, or by
// coordinates.

import { data, pick, view, words } from "./reader.js";
import * as Atlas from "./atlas.js";

const MOST = 12;

// How signs are read, as Python told it (spelling.py): each sign's usual sound, whole names where one is read otherwise.
const sounds = new Map([...data.pinyin.signs].map((sign, k) => [sign, data.pinyin.sounds[k]]));
const LONGEST = 40;

// A name in letters: {whole: "qingxizhongxinxiaoxue", first: "qxzxxx"}.
function spelt(name) {
  const signs = [...name].slice(0, LONGEST);
  const read = data.pinyin.names[signs.join("")] || signs.map((sign) => sounds.get(sign) || sign);
  return {
    whole: read.join("").toLowerCase(),
    first: read.map((sound) => sound[0] || "").join("").toLowerCase(), // prettier-ignore
  };
}

const kept = new Map();
const letters = (name) => kept.get(name) || kept.set(name, spelt(name)).get(name);

// Whether a name answers to letters: its pinyin, with or without blanks, or the first letters of it.
function soundsLike(name, text) {
  const typed = text.replace(/[\s'’]+/g, "");
  if (!/^[a-zü0-9]*[a-zü][a-zü0-9]*$/.test(typed) || typed.length < 2) return false;
  const { whole, first } = letters(name);
  return whole.includes(typed.replaceAll("ü", "v")) || first.includes(typed);
}

// Whether a school or village answers to a text: its name, id or township, or the letters of its pinyin.
function matches(layer, at, wanted) {
  const text = wanted.trim().toLowerCase();
  const township = layer.township[at] < 0 ? "" : data.townships.name[layer.township[at]];
  const whole = `${layer.name[at]} ${layer.id[at]} ${township}`.toLowerCase();
  return whole.includes(text) || soundsLike(layer.name[at], text) || soundsLike(township, text);
}

// Villages, townships and a coordinate: {title, sub, go}.
function elsewhere(wanted) {
  const found = [];
  const spot = coordinate(wanted);
  if (spot) found.push({ title: `${spot[0]}, ${spot[1]}`, sub: words.coordinate, go: () => Atlas.goTo(spot) });
  const { places, townships } = data;
  townships.name.forEach((name, k) => {
    if (name.includes(wanted) || soundsLike(name, wanted.toLowerCase())) found.push({ title: name, sub: words.townshipOne, go: () => Atlas.goTo([townships.lat[k], townships.lon[k]], 2) });
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

export { matches, elsewhere, soundsLike };
