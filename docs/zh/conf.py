"""The Chinese manual: the same settings, in Chinese."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import jieba

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conf import *  # noqa: F403  (Sphinx reads the settings as names of this file)

jieba.setLogLevel(logging.WARNING)  # it tells of its dictionary at length
language = "zh_CN"
html_title = f"layout_planner {release} 手册"  # noqa: F405
html_theme_options = {"announcement": '<a href="../en/index.html">Manual in English</a>'}
exclude_patterns = ["_build", "_generated/parts"]
