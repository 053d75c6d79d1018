from layout_planner.staffing.settings import Posts as Posts
