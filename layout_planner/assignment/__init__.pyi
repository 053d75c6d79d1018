from layout_planner.assignment.methods.contiguous import Contiguous as Contiguous
from layout_planner.assignment.methods.method import Method as Method
from layout_planner.assignment.town import send_to_town as send_to_town
