"""What is installed: all that lies below layout_planner/, and the samples of data/ as layout_planner.samples."""

from setuptools import find_namespace_packages, setup

SAMPLES = {f"layout_planner.samples.{name}": f"data/{name}" for name in ("bureau", "fuxi", "templates", "zhigang")}

setup(
    # Namespace packages too: folders that hold no module (profiles, the page's files) are installed like the rest.
    packages=[
        *find_namespace_packages(include=["layout_planner", "layout_planner.*"], exclude=["*.__pycache__"]),
        *SAMPLES,
    ],
    package_dir=SAMPLES,
)
