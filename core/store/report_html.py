"""The findings and the summary of an import as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.store.schema import Finding
from core.store.summary import Summary, by_severity

TITLES = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
STYLE = """
:root { color-scheme: light dark; --ink: #1b2530; --paper: #fbfcfd; --line: #d5dce3; --error: #a3262a;
  --warning: #8a5a00; --note: #31618f }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --paper: #14191f; --line: #38424d; --error: #ff8f8a;
  --warning: #f0b94d; --note: #8fc1f2 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem;
  margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 2rem; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.error { color: var(--error) } .warning { color: var(--warning) } .note { color: var(--note) }
"""


def report_html(title: str, verdict: str, findings: Sequence[Finding], summary: Summary | None) -> str:
    """A page with the verdict, the counts and every finding; all text is escaped, nothing is fetched.

    `summary` is None when the study was refused before its tables could be counted.
    """
    body = [f"<h1>{escape(title)}</h1>", f"<p>{escape(verdict)}</p>"]
    if summary is not None:
        lines = "".join(f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in summary.lines)
        body += ["<h2>Summary</h2>", f"<table>{lines}</table>", *_overlap(summary)]
    for severity, group in by_severity(findings).items():
        if group:
            rows = "".join(_row(finding, severity) for finding in group)
            body += [f'<h2 class="{severity}">{TITLES[severity]} ({len(group)})</h2>', f"<table>{HEAD}{rows}</table>"]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{''.join(body)}</body></html>\n"
    )


HEAD = (
    "<tr><th>Code</th><th>File</th><th>Column</th><th class=number>Count</th><th>First rows</th>"
    "<th>What was found and done</th><th>Remedy</th></tr>"
)


def _row(finding: Finding, severity: str) -> str:
    more = " …" if finding.count > len(finding.rows) > 0 else ""
    cells = [finding.file, finding.column]
    tail = [", ".join(map(str, finding.rows)) + more, finding.message, finding.remedy]
    return (
        f'<tr><td class="{severity}">{escape(finding.code)}</td>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + f"<td class=number>{finding.count or ''}</td>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in tail)
        + "</tr>"
    )


def _overlap(summary: Summary) -> list[str]:
    names = list(summary.overlap.index)
    if len(names) < 2:
        return []
    head = "".join(f"<th class=number>{escape(name)}</th>" for name in names)
    rows = "".join(
        f"<tr><th>{escape(name)}</th>" + "".join(f"<td class=number>{n}</td>" for n in row) + "</tr>"
        for name, row in zip(names, summary.overlap.to_numpy(), strict=True)
    )
    return ["<h2>Patients in both tables</h2>", f"<table><tr><th></th>{head}</tr>{rows}</table>"]
