from layout_planner.buses.routes import route_buses as route_buses
from layout_planner.buses.tours import Fleet as Fleet
