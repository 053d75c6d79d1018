"""Tiny OpenStreetMap files in metres, and the studies that use them."""

from pyproj import Transformer

from layout_planner.roads.reader import read_roads
from tests.travel.builders import CRS, study_of

ORIGIN = (500_000.0, 3_300_000.0)
_LONLAT = Transformer.from_crs(CRS, 4326, always_xy=True)

# A street of 500 m, and a way round of 1,500 m instead of its middle 300 m: 1,700 m in all.
NODES = {1: (0, 0), 2: (100, 0), 3: (400, 0), 4: (500, 0), 5: (100, 600), 6: (400, 600)}
DIRECT, ROUND = 500, 1700


def tags_xml(tags):
    return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())


def osm_xml(nodes, ways, marks=(), relations=()):
    """Text of an .osm file: nodes id → metres, ways id → (refs, tags), marks id → tags of a node."""
    marks = dict(marks)
    lines = ['<osm version="0.6">']
    for i, (x, y) in nodes.items():
        lon, lat = _LONLAT.transform(ORIGIN[0] + x, ORIGIN[1] + y)
        lines.append(f'<node id="{i}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{tags_xml(marks.get(i, {}))}</node>')
    for i, (refs, tags) in ways.items():
        lines.append(f'<way id="{i}" version="1">{"".join(f"<nd ref={chr(34)}{r}{chr(34)}/>" for r in refs)}')
        lines.append(f"{tags_xml(tags)}</way>")
    for i, (members, tags) in enumerate(relations):
        lines.append(f'<relation id="{900 + i}" version="1">')
        lines += [f'<member type="{t}" ref="{r}" role="{role}"/>' for t, r, role in members]
        lines.append(f"{tags_xml({'type': 'restriction'} | tags)}</relation>")
    return "\n".join([*lines, "</osm>"])


STREET = {"highway": "residential"}


def street(middle=STREET, nodes=NODES, refs=(2, 3), round_=(2, 5, 6, 3), **ways):
    """The ways of the street whose middle has the given tags, with the way round; further ways by w20=…."""
    plain = {10: ((1, 2), STREET), 11: (refs, middle), 12: ((3, 4), STREET), 13: (round_, STREET)}
    return plain | {int(k[1:]): v for k, v in ways.items()}


def study_at(folder, xml, home=(0, 0), school=(500, 0), **fields):
    """A study with one home H and one school S on the roads of an OSM text."""
    path = folder / "roads.osm"
    path.write_text(xml, encoding="utf-8")
    roads = read_roads(path, CRS)
    at = [(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in (home, school)]
    return study_of({"H": at[0]}, {"S": at[1]}, roads, **fields)
