"""The bundler: modules in the order they need each other, names checked, everything else refused."""

import shutil
import subprocess

import pytest

from layout_planner.page.bundle import BundleError, bundle, page_script

PAGE = """import { sum, ONE as first } from "./sum.js";
import * as Sum from "./sum.js";

console.log(sum(first, Sum.ONE));
"""
SUM = """import { two } from "./two.js";

// of one
export const ONE = 1;
  // of one too
const plus = (a, b) => a + b + two();

export { plus as sum };
"""
MODULES = {"page.js": PAGE, "sum.js": SUM, "two.js": "export function two() {\n  return 2;\n}\n"}


def test_modules_come_before_those_that_need_them_and_run() -> None:
    script = bundle("page.js", MODULES.__getitem__)
    assert "of one" not in script
    assert script.index("const Two =") < script.index("const Sum =") < script.index("const Page =")
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("4", "")  # 1 + 1 + 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"two.js": 'import { sum } from "./sum.js";\nexport const two = sum;\n'}, "circle: sum.js → two.js → sum.js"),
        ({"two.js": "export const three = 3;\n"}, "imports two from two.js"),
        ({"sum.js": 'import { Two } from "./two.js";\n', "two.js": "export class Two {}\n"}, "constant of two.js"),
        ({"two.js": "export default 2;\n"}, "export default 2"),
        ({"two.js": "export let two = 2;\n"}, "export let two"),
        ({"two.js": 'import "./x.js";\n'}, 'import "./x.js"'),
    ],
)
def test_what_the_bundler_does_not_understand_is_refused(changed: dict[str, str], said: str) -> None:
    with pytest.raises(BundleError, match=said):
        bundle("page.js", {**MODULES, **changed}.__getitem__)


def test_the_page_is_one_script_without_modules() -> None:
    script = page_script()
    assert "\nimport " not in script and "\nexport " not in script
    assert script.count("const Logic = (") == 1
    assert script.rindex("const Page = (") > script.index("const Panel = (")
