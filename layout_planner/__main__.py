"""`python -m layout_planner`: the command, where scripts are not on the PATH."""

from layout_planner.cli import main

if __name__ == "__main__":
    main()
