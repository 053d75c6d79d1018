"""Many studies, many scenarios: jobs given to any executor, each whole or not at all, resumed where they stopped."""

from layout_planner.base.lazy import open_room

open_room(__name__)
