from layout_planner.batch.jobs import Job as Job
from layout_planner.batch.jobs import read_jobs as read_jobs
from layout_planner.batch.limits import Limits as Limits
from layout_planner.batch.run import run_many as run_many
from layout_planner.plan.batch import Batch as Batch
from layout_planner.plan.batch import read_batch as read_batch
