"""The editor's pages: pathways, what is being changed in one, a step without drawing, publishing by a second person."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import diagram, forms, library, reports, schedule
from engine.errors import Conflict, EngineError, FieldProblem, Invalid, NotFound, Refused
from web import refusing, wording

bp = Blueprint("pathways", __name__, url_prefix="/pathways")

# What a downloaded file is called at its end, and what it is.
KEPT = {
    "diagrams": ("bpmn", "application/xml"),
    "forms": ("json", "application/json"),
    "tables": ("dmn", "application/xml"),
}
UNITS = ("hours", "days", "weeks", "months", "years")


@bp.get("")
def mine() -> Any:
    return _list()


@bp.get("/<key>")
def show(key: str) -> Any:
    return _pathway(key)


@bp.get("/<key>/versions/<int:number>")
def version(key: str, number: int) -> Any:
    return _version(key, number)


@bp.get("/<key>/forms/<form>")
def form(key: str, form: str) -> Any:
    shown = reports.form_preview(g.db, g.user, key, form, changed=_changed())
    return render_template("pathways/form.html", key=key, form=shown, changed=_changed(), kinds=forms.KINDS)


@bp.get("/<key>/diagrams/<name>")
def drawing(key: str, name: str) -> Any:
    source = reports.pathway_file(g.db, g.user, key, f"diagrams/{name}", changed=_changed())
    return Response(wording.diagram_in_language(source), mimetype="application/xml")


@bp.get("/<key>/files/<kind>/<name>")
def download(key: str, kind: str, name: str) -> Any:
    text = reports.pathway_file(g.db, g.user, key, f"{kind}/{name}", changed=_changed())
    suffix, kept = KEPT.get(kind, KEPT["forms"])
    # Both have been read as keys: nothing else finds a file.
    answer = Response(text, mimetype=kept)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer


# ---- a change


@bp.post("/new")
def upload_new() -> Any:
    path, text = _uploaded()
    kind, _, key = path.partition("/")
    if kind != "diagrams" or key in {one.key for one in reports.pathway_list(g.db, g.user)}:
        raise Invalid([FieldProblem("file", _not_new(kind))])
    library.save_change(g.db, g.user, key, {path: text})
    return _to_change(key)


@bp.get("/<key>/change")
def change(key: str) -> Any:
    return _change(key)


@bp.post("/<key>/change/files")
def upload(key: str) -> Any:
    path, text = _uploaded()
    library.save_change(g.db, g.user, key, {path: text})
    flash(gettext("The file is kept. See below what it changes and what is wrong with it."))
    return _to_change(key)


@bp.post("/<key>/change/take-out")
def take_out(key: str) -> Any:
    library.take_out(g.db, g.user, _id(), request.form.get("path", ""))
    flash(gettext("The file is no longer part of the change."))
    return _to_change(key)


@bp.post("/<key>/change/give-up")
def drop_change(key: str) -> Any:
    library.drop_change(g.db, g.user, _id())
    flash(gettext("The change was given up. What is published stays as it is."))
    return redirect(url_for(".show", key=key) if _published(key) else url_for(".mine"), 303)


@bp.post("/<key>/change/take-over")
def take_over(key: str) -> Any:
    library.take_over(g.db, g.user, _id())
    flash(gettext("The change now counts from what is published."))
    return _to_change(key)


@bp.post("/<key>/change/hand-in")
def hand_in(key: str) -> Any:
    library.hand_in(g.db, g.user, _id())
    flash(gettext("Handed in. Another editor looks at it now and publishes it, or sends it back."), "success")
    return _to_change(key)


@bp.post("/<key>/change/send-back")
def send_back(key: str) -> Any:
    library.send_back(g.db, g.user, _id(), request.form.get("comment", ""))
    flash(gettext("Sent back. It can be changed again."))
    return _to_change(key)


@bp.post("/<key>/change/publish")
def publish(key: str) -> Any:
    library.publish_change(g.db, g.user, _id())
    flash(gettext("Published. New cases run on the new version; running cases keep theirs."), "success")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/<key>/versions/<int:number>/go-back")
def go_back(key: str, number: int) -> Any:
    library.go_back(g.db, g.user, key, number)
    flash(gettext("The change brings back that version. Look at it, then hand it in."))
    return _to_change(key)


# ---- one step


@bp.get("/<key>/diagrams/<name>/steps/<step>")
def step(key: str, name: str, step: str) -> Any:
    return _step(key, name, step)


@bp.post("/<key>/diagrams/<name>/steps/<step>")
def edit_step(key: str, name: str, step: str) -> Any:
    page = reports.step_page(g.db, g.user, key, name, step)
    seen = request.form.get("seen", type=int)
    library.edit_step(g.db, g.user, key, (name, step), _said(page.said), seen=seen)
    flash(gettext("The step is changed. See below what that does, then hand it in."), "success")
    return _to_change(key)


@bp.post("/<key>/diagrams/<name>/translate")
def translate(key: str, name: str) -> Any:
    """One element's condition or time, or without one all that the diagram says in another language."""
    element, seen = request.form.get("element") or None, request.form.get("seen", type=int)
    library.translate_conditions(g.db, g.user, key, name, element, seen=seen)
    flash(gettext("Written in FEEL. See below what is still wrong, then hand it in."), "success")
    return _to_change(key)


# ---- pages, also with what could not be taken


@bp.errorhandler(Invalid)
@bp.errorhandler(Conflict)
@bp.errorhandler(Refused)
def show_again(error: EngineError) -> Any:
    return refusing.show_again(error, AGAIN)


def _list(error: EngineError | None = None) -> str:
    rows = reports.pathway_list(g.db, g.user)
    new = reports.new_pathways(g.db, g.user)
    return _render("pathways/mine.html", error, rows=rows, new=new)


def _pathway(key: str, error: EngineError | None = None) -> str:
    return _render("pathways/show.html", error, page=reports.pathway_page(g.db, g.user, key))


def _version(key: str, number: int, error: EngineError | None = None) -> str:
    page = reports.pathway_page(g.db, g.user, key, number)
    differences = reports.version_differences(g.db, g.user, key, number)
    return _render("pathways/version.html", error, page=page, differences=differences)


def _change(key: str, error: EngineError | None = None) -> Any:
    return _render(
        "pathways/change.html",
        error,
        page=reports.change_page(g.db, g.user, key),
        comment=request.form.get("comment", ""),
    )


def _upload(key: str, error: EngineError | None = None) -> Any:
    """The page from which a file was sent: the change, where there is one."""
    try:
        return _change(key, error)
    except NotFound:
        return _pathway(key, error)


def _step(key: str, name: str, step: str, error: EngineError | None = None) -> str:
    page = reports.step_page(g.db, g.user, key, name, step)
    boxes = request.form if error else boxes_of(page.said)
    return _render("pathways/step.html", error, page=page, step=step, boxes=boxes, units=_units(page.said))


def _translated(key: str, name: str, error: EngineError | None = None) -> Any:
    return _change(key, error)


AGAIN: dict[str, Any] = {
    "upload_new": _list,
    "upload": _upload,
    "take_out": _change,
    "drop_change": _change,
    "take_over": _change,
    "hand_in": _change,
    "send_back": _change,
    "publish": _change,
    "go_back": _version,
    "edit_step": _step,
    "translate": _translated,
}


def _render(template: str, error: EngineError | None, **more: Any) -> str:
    problems = error.problems if isinstance(error, Invalid) else []
    return render_template(template, error=error, problems=problems, **more)


# ---- what was sent


def boxes_of(said: diagram.Wording) -> dict[str, str]:
    """What a step says, as the boxes of its page hold it."""
    boxes = {
        "name": said.name,
        "instructions": said.instructions or "",
        "role": said.role or "",
        "form": said.form or "",
        "anchor": said.due_anchor or "",
        "days": said.due_days,
    }
    for prefix, text in (("", said.due_offset), ("start_", said.start_offset), ("takes_", said.takes)):
        boxes |= {f"{prefix}{part}": value for part, value in _length_boxes(text).items()}
    return boxes


def _length_boxes(text: str | None) -> dict[str, str]:
    if text is None:
        return {"number": "", "unit": "days", "side": "after"}
    try:
        offset = schedule.parse_offset(text)
    except ValueError:
        return {"number": "", "unit": "kept", "side": "after"}
    number, unit = schedule.in_one_unit(offset) or ("", "kept")
    return {"number": str(number), "unit": unit, "side": "before" if offset.negative else "after"}


def _said(was: diagram.Wording) -> diagram.Wording:
    """What the boxes say. Raises Invalid with every box that cannot be read."""
    sent, problems = request.form, list[FieldProblem]()
    anchor = sent.get("anchor") or None
    lengths = {
        "due_offset": _length("", was.due_offset, problems, signed=True),
        "start_offset": _length("start_", was.start_offset, problems, signed=True),
        "takes": _length("takes_", was.takes, problems, signed=False),
    }
    if anchor and lengths["due_offset"] is None:
        lengths["due_offset"] = "P0D"
    if problems:
        raise Invalid(problems)
    return diagram.Wording(
        name=" ".join(sent.get("name", "").split()),
        instructions=_text(sent.get("instructions", ""), was.instructions),
        role=sent.get("role") or was.role,
        form=sent.get("form") or None,
        due_anchor=anchor,
        due_days="working" if sent.get("days") == "working" else "calendar",
        **lengths,
    )


def _text(sent: str, was: str | None) -> str | None:
    text = sent.replace("\r\n", "\n").strip()
    # A browser's line ends are not the file's.
    return was if text == (was or "").replace("\r\n", "\n").strip() else text or None


def _length(prefix: str, was: str | None, problems: list[FieldProblem], *, signed: bool) -> str | None:
    number, unit = request.form.get(f"{prefix}number", "").strip(), request.form.get(f"{prefix}unit", "days")
    if unit == "kept":
        return was
    if not number:
        return None
    if not number.isascii() or not number.isdigit() or len(number) > 4 or unit not in UNITS:
        problems.append(FieldProblem(f"{prefix}number", gettext("Enter a whole number, such as 2")))
        return None
    before = signed and request.form.get(f"{prefix}side") == "before"
    return schedule.written(int(number), unit, before=before)


def _units(said: diagram.Wording) -> Mapping[str, str]:
    words = {
        "hours": gettext("hours"),
        "days": gettext("days"),
        "weeks": gettext("weeks"),
        "months": gettext("months"),
        "years": gettext("years"),
    }
    kept = [
        text
        for text in (said.due_offset, said.start_offset, said.takes)
        if text and _length_boxes(text)["unit"] == "kept"
    ]
    return {**words, "kept": gettext("as it is now")} if kept else words


def _uploaded() -> tuple[str, str]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid([FieldProblem("file", gettext("Choose a file"))])
    return library.read_file(file.filename, file.stream.read())


def _not_new(kind: str) -> str:
    if kind == "forms":
        return gettext("This file is a form. Upload it on the page of the pathway that asks it.")
    if kind == "tables":
        return gettext("This file is a decision table. Upload it on the page of the pathway that calls it.")
    return gettext("There is a pathway with this id already. Upload the file on that pathway’s own page.")


def _id() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("change", ""))
    except ValueError:
        raise NotFound from None


def _changed() -> bool:
    return request.args.get("change") == "yes"


def _published(key: str) -> bool:
    return key in {one.key for one in reports.pathway_list(g.db, g.user)}


def _to_change(key: str) -> Any:
    return redirect(url_for(".change", key=key), 303)
