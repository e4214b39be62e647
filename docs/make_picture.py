"""Make docs/report.png, the picture in README.md, and docs/sample.pdf, the first pages of results/report.html.

They need Debian's chromium and chromium-driver.
"""

import base64
import os
import shutil
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.print_page_options import PrintOptions

ROOT = Path(__file__).parents[1]
PAGES = "1-6"

options = webdriver.ChromeOptions()
options.add_argument("--headless")
options.add_argument("--hide-scrollbars")
options.add_argument("--window-size=1280,1000")
if os.geteuid() == 0:
    options.add_argument("--no-sandbox")  # Chromium refuses to start as root with its sandbox
browser = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
browser.get((ROOT / "results/report.html").as_uri())
browser.save_screenshot(ROOT / "docs/report.png")
page = PrintOptions()
page.page_ranges = [PAGES]
page.background = True
(ROOT / "docs/sample.pdf").write_bytes(base64.b64decode(browser.print_page(page)))
browser.quit()
