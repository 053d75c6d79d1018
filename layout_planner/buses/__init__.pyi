from layout_planner.buses.fleet import Fleet as Fleet
from layout_planner.buses.routes import route_buses as route_buses
