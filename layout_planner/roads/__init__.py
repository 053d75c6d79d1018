"""Roads: files of a road network, tags and classes of OpenStreetMap and of road layers, cut at their junctions."""
