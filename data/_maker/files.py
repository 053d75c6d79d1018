"""Writing the files of a sample study: the same content every time, small, and readable in Excel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 with BOM, so that Excel opens the Chinese rightly (standards §4)."""
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_layer(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer as GeoParquet."""
    frame.to_parquet(path, index=False, compression="zstd", compression_level=15)


def write_text(text: str, path: Path) -> None:
    """Write a text file with one line end at its end."""
    path.write_text(text.strip("\n") + "\n", encoding="utf-8", newline="\n")


def edit_line(edit: Mapping[str, object]) -> str:
    """One edit of a scenario as a line of YAML in flow style."""
    parts = []
    for key, value in edit.items():
        plain = isinstance(value, int) or str(value).isidentifier() and str(value).isascii()
        parts.append(f"{key}: {value}" if plain else f'{key}: "{value}"')
    return "  - {" + ", ".join(parts) + "}"


def write_scenario(name: str, note: str, edits: list[dict[str, object]], path: Path) -> None:
    """Write a scenario."""
    lines = [f"name: {name}", f'note: "{note}"', "edits:", *(edit_line(edit) for edit in edits)]
    write_text("\n".join(lines), path)
