"""batch: many studies and scenarios in one go, resumed where they stopped."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.errors import RunError
from layout_planner.base.messages import Text
from layout_planner.cli.console import complain, plain, say
from layout_planner.cli.options import Lang

if TYPE_CHECKING:
    from layout_planner.plan.batch import Batch, JobRecord


def batch(
    jobs: Annotated[Path, typer.Argument(metavar="JOBS.yaml", help="Studies, and what is done to each. 任务表。")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where all is written; an earlier batch goes on. 结果文件夹。")
    ],
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Jobs at a time on this machine; all processors. 并行数。")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option("--dask", metavar="tcp://…", help="A Dask scheduler to work on. 所用 Dask 调度器的地址。"),
    ] = None,
    seconds: Annotated[float, typer.Option("--time-limit", min=0.1, help="Seconds a job. 每项限时（秒）。")] = 3_600.0,
    memory: Annotated[float, typer.Option("--memory", min=1, help="MiB a job. 每项内存上限。")] = 4_096.0,
    retry: Annotated[bool, typer.Option("--retry", help="Do faulty jobs again. 重做失败的任务。")] = False,
    lang: Lang = None,
) -> None:
    """Do many jobs, each whole or not at all; run it again to go on where it was stopped.

    批量推演：逐项完成或不留痕迹；中断后再次运行即可继续。
    """
    if workers is not None and dask is not None:
        told = Text("give either --workers or --dask, not both", "--workers 与 --dask 只能二选一")
        raise typer.BadParameter(str(told), param_hint="--dask")
    from layout_planner.batch import Limits, read_jobs, run_many

    wanted = read_jobs(jobs)
    ended = 0

    def watch(record: JobRecord) -> None:
        nonlocal ended
        ended += 1
        show_record(record, ended, len(wanted))

    with _cluster(dask) as executor:
        found = run_many(
            wanted, out, executor, workers=workers, limits=Limits(seconds, memory), retry=retry, watch=watch
        )
    show_batch(found, out)
    if len(found.faults):
        raise typer.Exit(1)


@contextmanager
def _cluster(address: str | None) -> Iterator[Executor | None]:
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        told = Text(
            "Dask is not installed; pip install 'layout_planner[dask]'",
            "未安装 Dask；请运行 pip install 'layout_planner[dask]'",
        )
        raise RunError(str(told)) from error
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except OSError as error:
        told = Text(f"no Dask scheduler answers at {address}", f"{address} 处没有 Dask 调度器应答")
        raise RunError(str(told)) from error
    with client:
        if not client.scheduler_info()["workers"]:
            told = Text(f"the scheduler at {address} has no workers", f"{address} 的调度器没有工作进程")
            raise RunError(str(told))
        yield client.get_executor(pure=False)


def show_record(record: JobRecord, ended: int, of: int) -> None:
    """Print one line as a job ends: children without a school before all else."""
    name = record["job"]
    if record["status"] == "done":
        unplaced = float(record.get("unplaced") or 0)
        told = Text("done", "完成") if unplaced < 0.5 else Text(
            f"{unplaced:,.0f} children without a school", f"{unplaced:,.0f} 名儿童无学可上"
        )  # fmt: skip
    else:
        message = record["message"]
        first = {lang: (message[lang].splitlines() or [""])[0] for lang in ("en", "zh")}
        told = Text(f"fault ({record['fault']}): {first['en']}", f"失败（{record['fault']}）：{first['zh']}")
    say(Text(f"{ended}/{of} {name}: {told.en}", f"{ended}/{of} {name}：{told.zh}"))


def show_batch(found: Batch, out: Path) -> None:
    """Print what came of a batch: children without a school first, then the faults."""
    table = found.manifest
    without = table.loc[table["unplaced"].astype(float).fillna(0) >= 0.5]
    if len(without):
        total = without["unplaced"].astype(float).sum()
        say(
            Text(
                f"{total:,.0f} children without a school in {len(without)} of {len(table)} jobs",
                f"{len(table)} 项任务中有 {len(without)} 项共 {total:,.0f} 名儿童无学可上",
            )
        )
    faults = found.faults
    say(
        Text(
            f"{len(table) - len(faults)} jobs done, {len(faults)} came to nothing; written to {plain(out)}",
            f"完成 {len(table) - len(faults)} 项，失败 {len(faults)} 项；已写入 {plain(out)}",
        )
    )
    for name, row in faults.iterrows():
        complain(Text(f"{name}: {row['message']}", f"{name}：{row['message']}"))
