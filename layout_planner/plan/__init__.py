"""What a result is: records, and the run folder they are written to. No algorithm lives here."""

from layout_planner.base.lazy import open_room

open_room(__name__)
