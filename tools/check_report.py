#!/usr/bin/env python3
"""Checks a report.html that fairprune wrote: what a reader, a screen reader and a network rely on.

    check_report.py [--browser] [--screenshots DIR] REPORT.html ...

The page is well formed; ids are unique and every reference to one is met; nothing is loaded and no
script is there; headings go down one level at a time; every table has a caption and headers with a
scope; every picture has a role, a title and a description; text has a contrast of 4.5 to 1 or more
and marks of 3 to 1 or more with what is behind them, light and dark. With --browser, and Chromium
installed, the page is opened at several widths: nothing may be wider than the window, and the console
must stay silent. --screenshots writes what was seen as PNG files and a PDF.
"""

import argparse
import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

VOID = {"meta", "link", "br", "img", "hr", "input", "line"}
LOADING = {"src", "href", "action", "data", "poster", "srcset", "xlink:href", "background"}
# Foreground and background variables of the style, and the contrast that they need (WCAG 2.1,
# 1.4.3 and 1.4.11).
TEXT_PAIRS = [("ink", "page"), ("ink", "card"), ("muted", "page"), ("muted", "card"), ("link", "page"),
              ("ink", "up1"), ("ink", "up2"), ("ink", "up3"), ("ink", "down1"), ("ink", "down2"),
              ("ink", "down3")]
MARK_PAIRS = [("good", "page"), ("bad", "page"), ("cloud", "page"), ("other", "page"), ("good", "card"),
              ("bad", "card"), ("link", "page"), ("muted", "page")]
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
WIDTHS = [("phone", 390, 844), ("tablet", 820, 1180), ("desktop", 1280, 900)]


class Page(html.parser.HTMLParser):
    """Collects what the checks ask about; messages are faults."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.messages = [], []
        self.ids, self.references = {}, []
        self.headings, self.style, self.text = [], "", []
        self.tables, self.pictures, self.counts = [], [], {}

    def fault(self, message):
        self.messages.append(f"line {self.getpos()[0]}: {message}")

    def handle_starttag(self, tag, attrs, closed=False):
        names = [name for name, _ in attrs]
        attrs = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if len(names) != len(attrs):
            self.fault(f"<{tag}> has an attribute twice")
        if tag in ("script", "iframe", "object", "embed", "form"):
            self.fault(f"<{tag}>: the page runs and embeds nothing")
        for name, value in attrs.items():
            if name.startswith("on"):
                self.fault(f"<{tag} {name}>: an event handler")
            if name in LOADING and not (value or "").startswith(("#", "data:,")):
                self.fault(f"<{tag} {name}={value!r}>: would load or lead to something")
            if name == "style" or "url(" in (value or ""):
                self.fault(f"<{tag}>: a style of its own")
        if "id" in attrs:
            if attrs["id"] in self.ids:
                self.fault(f"id {attrs['id']!r} was there before")
            self.ids[attrs["id"]] = tag
        for name in ("aria-labelledby", "aria-describedby"):
            self.references += [(self.getpos()[0], one) for one in attrs.get(name, "").split()]
        if tag == "a":
            self.references.append((self.getpos()[0], attrs.get("href", "")[1:]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((self.getpos()[0], int(tag[1])))
        if tag == "table":
            self.tables.append({"line": self.getpos()[0], "caption": False, "head": 0})
        if tag == "caption":
            self.tables[-1]["caption"] = True
        if tag == "th":
            self.tables[-1]["head"] += 1
            if attrs.get("scope") not in ("col", "row"):
                self.fault("<th> without a scope")
        if tag == "svg":
            self.pictures.append({"line": self.getpos()[0], "attrs": attrs, "title": "", "desc": ""})
            if attrs.get("role") != "img" or not attrs.get("aria-labelledby"):
                self.fault("<svg> without role=img and aria-labelledby")
        if "tabindex" in attrs and not attrs.get("aria-label"):
            self.fault("what takes the focus needs an aria-label")
        if tag not in VOID and not closed:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs, closed=True)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.stack or self.stack[-1] != tag:
            self.fault(f"</{tag}> closes <{self.stack[-1] if self.stack else 'nothing'}>")
        else:
            self.stack.pop()

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "style":
            self.style += data
            return
        self.text.append(data)
        if len(self.stack) >= 2 and self.stack[-2] == "svg" and self.stack[-1] in ("title", "desc"):
            self.pictures[-1][self.stack[-1]] += data


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_colours(style):
    """Yields faults of the colours that the style declares, light and dark."""
    schemes = [dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", block))
               for block in re.findall(r":root\{([^}]*)\}", style)]
    schemes = [scheme for scheme in schemes if scheme]
    if len(schemes) < 2:
        yield "the style declares no light and dark colours"
    for name, scheme in zip(["light", "dark", "print"], schemes):
        for pairs, least in ((TEXT_PAIRS, 4.5), (MARK_PAIRS, 3.0)):
            for front, back in pairs:
                if front not in scheme or back not in scheme:
                    yield f"{name}: no colour --{front} or --{back}"
                elif contrast(scheme[front], scheme[back]) < least:
                    yield (f"{name}: --{front} on --{back} has a contrast of "
                           f"{contrast(scheme[front], scheme[back]):.2f}, {least} at least")


def check_page(text):
    """Returns (the page, its faults)."""
    page = Page()
    page.feed(text)
    page.close()
    faults = page.messages
    if page.stack:
        faults.append(f"never closed: {page.stack}")
    if not text.startswith("<!DOCTYPE html>\n<html lang="):
        faults.append("no doctype, or no language")
    for line, name in page.references:
        if name not in page.ids:
            faults.append(f"line {line}: nothing has the id {name!r}")
    for tag, number in (("h1", 1), ("main", 1), ("title", None)):
        if number is not None and page.counts.get(tag, 0) != number:
            faults.append(f"{page.counts.get(tag, 0)} <{tag}>, expected {number}")
    for (_, before), (line, level) in zip(page.headings, page.headings[1:]):
        if level > before + 1:
            faults.append(f"line {line}: <h{level}> below <h{before}>")
    for table in page.tables:
        if not table["caption"] or not table["head"]:
            faults.append(f"line {table['line']}: a table without caption or headers")
    for picture in page.pictures:
        if not picture["title"].strip() or not picture["desc"].strip():
            faults.append(f"line {picture['line']}: a picture without title or description")
        for wrong in ("nan", "inf"):
            if re.search(rf'="[^"]*\b{wrong}\b', str(picture["attrs"])):
                faults.append(f"line {picture['line']}: a number that is none")
    for match in re.finditer(r'="-?(nan|inf)"|[MLh ]-?(nan|inf)[ "]', text):
        faults.append(f"a coordinate that is no number: {match[0]!r}")
    if re.search(r"@import|url\(", page.style):
        faults.append("the style loads something")
    faults += check_colours(page.style)
    return page, faults


def run_browser(browser, arguments, log):
    with tempfile.TemporaryDirectory(prefix="report-browser-") as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   "--disable-background-networking", "--enable-logging=stderr", "--v=0",
                   f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    log += [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return done.stdout


def check_in_browser(browser, path, folder):
    """Yields what the browser complains of, and what is wider than a window."""
    log = []
    # Frames of each width around a copy of the page, asked for their content's width.
    with tempfile.TemporaryDirectory(prefix="report-page-") as scratch:
        probe = pathlib.Path(scratch) / "probe.html"
        shutil.copy(path, pathlib.Path(scratch) / "page.html")
        frames = "".join(f"<iframe name={name} width={width} height={height} src=page.html></iframe>"
                         for name, width, height in WIDTHS)
        probe.write_text(
            f"<!DOCTYPE html><html><body>{frames}<pre id=out></pre><script>onload=()=>{{for(const f of "
            "document.querySelectorAll('iframe')){const d=f.contentDocument.documentElement;"
            "out.textContent+='WIDTH '+f.name+' '+d.scrollWidth+' '+[...f.contentDocument."
            "querySelectorAll('body *')].filter(e=>!e.closest('.scroll,svg,pre,.skip')&&"
            "e.getBoundingClientRect().right>d.clientWidth+1).map(e=>e.tagName+'.'+e.className)"
            ".slice(0,3).join()+';'}}</script></body></html>", encoding="utf-8")
        dom = run_browser(browser, ["--allow-file-access-from-files", "--virtual-time-budget=8000",
                                    "--dump-dom", probe.as_uri()], log)
        found = {name: (int(size), wide)
                 for name, size, wide in re.findall(r"WIDTH (\w+) (\d+) ([^;]*);", dom)}
        for name, width, _ in WIDTHS:
            if name not in found:
                yield f"{name}: the browser did not show the page"
            elif found[name][0] > width or found[name][1]:
                yield f"{name}: content is {found[name][0]} pixels wide in {width} ({found[name][1]})"
    yield from (f"the browser says: {line}" for line in log)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        take_pictures(browser, path, folder)


def take_pictures(browser, path, folder):
    for name, width, height in WIDTHS:
        for scheme, dark in (("light", []), ("dark", ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"])):
            run_browser(browser, [f"--window-size={width},{height * 12}", *dark,
                                  f"--screenshot={folder / f'{name}-{scheme}.png'}", path.as_uri()], [])
    run_browser(browser, [f"--print-to-pdf={folder / 'print.pdf'}", "--no-pdf-header-footer",
                          path.as_uri()], [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    failed = False
    for path in options.pages:
        page, faults = check_page(path.read_text(encoding="utf-8"))
        if options.browser and browser:
            faults += check_in_browser(browser, path.resolve(), options.screenshots)
        note = "" if browser or not options.browser else ", no browser to open it with"
        print("\n".join([f"{path}: {fault}" for fault in faults]
                        + [f"{path}: {len(page.pictures)} pictures, {len(page.tables)} tables, "
                           f"{len(faults)} faults{note}"]))
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
