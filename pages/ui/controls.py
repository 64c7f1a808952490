"""A widget for each parameter of an analysis, drawn from its declaration.

Widgets mirror the view and never own it: before one is drawn its value is set from the view, and a change publishes
a new view. So Back, a pasted link and another page always agree.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.analyses.base import Analysis
from core.analyses.context import Context
from core.analyses.opening import repaired
from core.analyses.parameters import Choice, Expression, Flag, Many, Number, Parameter, Scope
from core.errors import NotEstimable, Refused
from pages.ui import session
from pages.ui.text import plain_text

WRONG = "cohortscope.wrong."


def controls(context: Context, analysis: Analysis, names: tuple[str, ...] | None = None) -> None:
    """Draw the parameters of an analysis that matter now, or only those named."""
    values: dict[str, Any] = {}
    for name, declared in analysis.parameters().items():
        scope = Scope(context, dict(values))
        values[name] = getattr(analysis, name)
        if declared.when(scope.values) and (names is None or name in names):
            _widget(context, analysis, name, declared, scope)


def _widget(context: Context, analysis: Analysis, name: str, declared: Parameter, scope: Scope) -> None:
    key, value = f"{analysis.name}.{name}", getattr(analysis, name)
    wrong = st.session_state.pop(WRONG + key, None)
    if wrong is None:
        st.session_state[key] = _shown(declared, value)
    common = {
        "key": key,
        "help": declared.help,
        "on_change": _changed,
        "args": (context, analysis.name, name, declared),
    }
    match declared:
        case Flag():
            st.checkbox(declared.label, **common)
        case Number():
            _number(declared, common)
        case Choice():
            labels = {option.value: option.label for option in declared.among(scope)}
            st.selectbox(declared.label, list(labels), format_func=lambda each: labels.get(each, each), **common)
        case Many():
            labels = {option.value: option.label for option in declared.among(scope)}
            limits = {"max_selections": declared.most, "format_func": lambda each: labels.get(each, each)}
            st.multiselect(declared.label, list(labels), **limits, **common)
        case Expression():
            st.text_input(declared.label, placeholder="all patients", **common)
    if wrong is not None:
        st.error(plain_text(wrong))


def _number(declared: Number, common: dict) -> None:
    kind = int if declared.whole else float
    low, high, step = kind(declared.low), kind(declared.high), kind(declared.step)
    label = f"{declared.label} ({declared.unit})" if declared.unit else declared.label
    if (high - low) / step <= 50:
        st.slider(label, low, high, step=step, **common)
    else:
        st.number_input(label, low, high, step=step, **common)


def _shown(declared: Parameter, value: Any) -> Any:
    if isinstance(declared, Many):
        return list(value)
    if isinstance(declared, Number):
        return int(value) if declared.whole else float(value)
    return value


def _changed(context: Context, analysis: str, name: str, declared: Parameter) -> None:
    """Publish the view that the changed widget means; what no longer fits it falls back to its default."""
    key = f"{analysis}.{name}"
    view = session.current() or context.view
    try:
        changed = repaired(context, view.with_options({key: declared.write(st.session_state[key])}), keep=key)
    except (Refused, NotEstimable) as error:
        st.session_state[WRONG + key] = str(error)
        return
    session.publish(changed)
