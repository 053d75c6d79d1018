"""Papers: a plan as Word, Excel, GeoPackage and charts, in the reader's language. Computes no figure."""

from layout_planner.base.lazy import open_room

open_room(__name__)
