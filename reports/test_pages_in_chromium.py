"""The page as a browser shows it: no complaint, every figure in sight, nothing fetched, and no
scrolling from side to side."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

from reports import figures, html, results
from reports.conftest import FIXTURE, MEASURED

CHROMIUM = "chromium"
# In the page: what is to be seen goes to the frame around it.
PROBE = """<script>
addEventListener("load", () => {
  const seen = [...document.querySelectorAll("figure")].filter(each => {
    const shown = [...each.querySelectorAll("svg[role=img]")].map(s => s.getBoundingClientRect());
    const large = shown.filter(b => b.width > 200 && b.height > 30 && b.right <= innerWidth + 1);
    return large.length == 1;
  }).map(each => each.id);
  const slid = [...document.querySelectorAll(".scroll")]
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.textContent.trim());
  const loaded = performance.getEntriesByType("resource").map(each => each.name);
  parent.postMessage({seen, slid, inner: innerWidth, width: document.documentElement.scrollWidth,
    fetched: loaded.filter(name => !name.startsWith("data:")),
    paper: getComputedStyle(document.body).backgroundColor}, "*");
});
</script>"""
# Around the page, since a window is never as narrow as a phone.
FRAME = """<!DOCTYPE html><body style="margin: 0"><pre id="probe"></pre>
<script>addEventListener("message", event => {
  document.getElementById("probe").textContent = JSON.stringify(event.data);
});</script>
<iframe src="page.html" style="border: 0; height: 900px; width: WIDTHpx"></iframe></body>"""


def visit(folder, source: str, width: int, scheme: str) -> dict:
    """Opens a page and returns what the probe saw, and the lines of the console."""
    (folder / "page.html").write_text(source.replace("</body>", f"{PROBE}</body>"))
    frame = folder / "frame.html"
    frame.write_text(FRAME.replace("WIDTH", str(width)))
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--window-size=1400,1000", f"--user-data-dir={folder / 'profile'}"]
    command += ["--no-first-run", "--disable-background-networking", "--disable-component-update"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND"]  # nothing leaves the machine
    command += [f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"]
    command += ["--enable-logging=stderr", "--dump-dom", frame.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = re.search(r'<pre id="probe">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, "the page did not come to its end"
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return {**json.loads(unescape(found[1])), "console": console}


SCHEMES = {"dark": 0, "light": 1}
PAPER = {"dark": "rgb(20, 23, 27)", "light": "rgb(255, 255, 255)"}


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> str:
    """The page of a run that measured everything."""
    folder = tmp_path_factory.mktemp("run") / "run"
    shutil.copytree(FIXTURE, folder)
    shutil.copytree(MEASURED, folder, dirs_exist_ok=True)
    return html.render(results.load(folder), "runs/20250301-120000-run")


@pytest.mark.parametrize("width, scheme", [(400, "light"), (1280, "light"), (1280, "dark")])
def test_a_browser_shows_all_of_it_and_fetches_nothing(source, tmp_path, width, scheme):
    saw = visit(tmp_path, source, width, scheme)
    assert saw["inner"] == width and saw["width"] <= width, saw
    occupancies = {"cost-by-occupancy"}  # the fixture has none
    assert set(saw["seen"]) == {module.KEY for module in figures.MODULES} - occupancies
    assert saw["console"] == [] and saw["fetched"] == []
    assert saw["paper"] == PAPER[scheme]
    boards = [text for text in saw["slid"] if text.startswith("Designscore")]
    assert len(boards) == (0 if width > 1000 else 1), "a desktop shows the scoreboard whole"


def test_a_page_that_complains_fetches_and_is_too_wide_would_be_noticed(tmp_path):
    bad = """<!DOCTYPE html><html><body><figure id="empty"></figure><div style="width: 500px">wide
    </div><script>console.error("oh")</script><img src="http://example.invalid/a.png"></body>"""
    saw = visit(tmp_path, bad, 400, "light")
    assert saw["width"] == 508 and saw["seen"] == []
    assert saw["fetched"] == ["http://example.invalid/a.png"]
    assert len(saw["console"]) == 1 and "oh" in saw["console"][0]
