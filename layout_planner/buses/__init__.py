"""School buses: stops, routes, tours and what they cost."""
