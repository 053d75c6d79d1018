// New schools at points the reader clicked. Nobody measured their ways: they are estimated from the ways each village has
// to the schools nearest to the point, and told as estimated wherever they stand. No page, no state.

const EARTH = 111_195; // metres a degree
const ASKED = 3; // how many known ways a village is asked for
const ALIKE = 255; // no mode of its own
const LEAST = 200; // metres as the crow flies below which a way says nothing of the roads

// Metres as the crow flies.
function crow(lon1, lat1, lon2, lat2) {
  const across = Math.cos(((lat1 + lat2) * Math.PI) / 360);
  return Math.hypot((lon1 - lon2) * across, lat1 - lat2) * EARTH;
}

// The way of one village to a point: {minutes, metres}; null where the village knows no way that could tell. `ways` are
// the ways it knows: {crow, minutes, metres, off}, `off` being how far their end lies from the point.
function estimate(distance, ways) {
  const told = ways
    .filter((way) => way.crow >= LEAST && !Number.isNaN(way.minutes))
    .sort((a, b) => a.off - b.off)
    .slice(0, ASKED);
  const sum = (key) => told.reduce((all, way) => all + way[key], 0);
  if (!told.length || !(sum("metres") > 0)) return null;
  const metres = Math.max(1, sum("metres") / sum("crow")) * distance;
  return { metres, minutes: (metres * sum("minutes")) / sum("metres") };
}

// A table of nearest sites with one site more, where it stands in order; a village that would meet it only behind the
// last school it knows (and there are more) does not know it.
function withSite(table, site, wayOf) {
  const n = table.count.length,
    start = new Uint32Array(n + 1),
    columns = { site: [], minutes: [], metres: [], mode: [] };
  const put = (its, minutes, metres, mode = ALIKE) => {
    columns.mode.push(mode);
    columns.site.push(its);
    columns.minutes.push(minutes);
    columns.metres.push(metres);
  };
  for (let place = 0; place < n; place++) {
    const [from, to] = [table.start[place], table.start[place + 1]];
    let way = from < to ? wayOf(place, from, to) : null;
    if (way && table.more[place] && way.minutes > table.minutes[to - 1]) way = null;
    for (let k = from; k < to; k++) {
      if (way && way.minutes < table.minutes[k]) {
        put(site, way.minutes, way.metres);
        way = null;
      }
      put(table.site[k], table.minutes[k], table.metres[k], table.mode ? table.mode[k] : ALIKE);
    }
    if (way) put(site, way.minutes, way.metres);
    start[place + 1] = columns.site.length;
  }
  return {
    count: Uint32Array.from({ length: n }, (_, k) => start[k + 1] - start[k]),
    more: table.more,
    site: Uint32Array.from(columns.site),
    minutes: Float64Array.from(columns.minutes),
    metres: Float64Array.from(columns.metres),
    ...(table.mode ? { mode: Uint8Array.from(columns.mode) } : {}),
    start,
  };
}

// What a school is before it opens: no seats told, all grades, nothing that holds it back.
const BLANK = {
  open: 0,
  seats: NaN,
  rooms: NaN,
  beds: 0,
  known: 0,
  canteen: NaN,
  building: 0,
  other: 0,
  size: Infinity,
};

// The start of a what-if with new sites: spots are {school, lon, lat} (`school`: its position on the page), `at` gives
// the longitude and latitude of a place or a school of the page.
function withSpots(start, spots, at) {
  if (!spots.length) return start;
  const first = start.site.length,
    all = 2 ** start.grades - 1;
  const longer = (column, values) => Float64Array.from([...column, ...values]);
  const schools = Object.fromEntries(
    Object.entries(start.schools).map(([key, column]) => [
      key,
      longer(column, spots.map((_, k) => (key === "offers" ? all : key === "order" ? 1e6 + k : BLANK[key]))), // prettier-ignore
    ]),
  );
  const site = Uint32Array.from([...start.site, ...spots.map((spot) => spot.school)]);
  const near = start.near.map((table) =>
    spots.reduce((grown, spot, k) => withSite(grown, first + k, wayOf(table, start, spot, at)), table),
  );
  return { ...start, site, schools, near, roll: longer(start.roll, spots.map(() => 0)) }; // prettier-ignore
}

const wayOf = (table, start, spot, at) => (place) => {
  const [lon, lat] = at.place(place),
    ways = [];
  for (let k = table.start[place]; k < table.start[place + 1]; k++) {
    const [east, north] = at.school(start.site[table.site[k]]);
    ways.push({
      crow: crow(lon, lat, east, north),
      off: crow(spot.lon, spot.lat, east, north),
      minutes: table.minutes[k],
      metres: table.metres[k],
    });
  }
  return estimate(crow(lon, lat, spot.lon, spot.lat), ways);
};

export { crow, estimate, withSite, withSpots };
