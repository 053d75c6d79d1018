from layout_planner.reading.draft import draft_study as draft_study
from layout_planner.reading.lineage import trace_schools as trace_schools
from layout_planner.reading.reader import CheckReport as CheckReport
from layout_planner.reading.reader import check_study as check_study
from layout_planner.reading.reader import read_study as read_study
from layout_planner.reading.samples import sample as sample
