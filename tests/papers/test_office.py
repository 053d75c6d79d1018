"""Word and Excel files opened by LibreOffice, as PDF: nothing is cut off, no glyph is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from layout_planner.papers.annexes import annexes
from layout_planner.papers.report import report
from tests.papers.paper_toy import merged, some_without_a_school

pytestmark = pytest.mark.slow


def opened(path: Path) -> str:
    """Let LibreOffice print a file; give the text of the pages."""
    if not shutil.which("soffice") or not shutil.which("pdftotext"):
        pytest.skip("LibreOffice or pdftotext (Debian: libreoffice-writer, libreoffice-calc, poppler-utils) is missing")
    profile = f"-env:UserInstallation=file://{path.parent / 'office'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    pdf = path.with_suffix(".pdf")
    fonts = subprocess.run(["pdffonts", str(pdf)], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)  # embedded: no letter is left to the reader's machine
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True).stdout


def test_the_document(tmp_path: Path) -> None:
    report(some_without_a_school(), tmp_path / "plan.docx", "plan", "zh")
    pages = opened(tmp_path / "plan.docx").split("\f")
    assert "120 名儿童无学可上" in pages[0]
    assert "一、总则" in pages[1]
    assert all(page.strip() for page in pages[:-1])  # no empty page, no empty chapter
    assert "\ufffd" not in "".join(pages)


def test_the_annexes(tmp_path: Path) -> None:
    annexes(merged(), tmp_path / "annexes.xlsx", "zh")
    pages = opened(tmp_path / "annexes.xlsx").split("\f")
    text = "".join(pages)
    assert len(pages) == 15  # contents and thirteen tables, a page each, and what stands behind the last page end
    assert "###" not in text  # a number wider than its column
    assert "0211000003" in text
    assert "2,880,000" in text
