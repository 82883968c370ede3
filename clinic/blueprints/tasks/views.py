"""The list of what a person must do: messages that nobody got, answers to read, visits to move."""

from flask import Blueprint, Response, request

from clinic import db, tasks
from clinic.blueprints.tasks.forms import DoneForm, ReopenForm
from clinic.models import Task
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("")
@requires("task.work")
def index() -> Response:
    """Open or done, of one kind or all."""
    return _list()


@bp.post("/<public_id>/done")
@requires("task.work")
def done(public_id: str) -> Response:
    """Close a task with a note."""
    task = get_or_404(Task, public_id)
    form = DoneForm()
    if not form.validate_on_submit() or form.version.data is None:
        return _list(422, refused=task, form=form)
    with db.transaction() as session:
        tasks.done(session, task, int(form.version.data), form.note.data or "")
    return _list() if wants_fragment() else see_other(".index")


@bp.post("/<public_id>/open")
@requires("task.work")
def reopen(public_id: str) -> Response:
    """Put a task back on the list."""
    task = get_or_404(Task, public_id)
    form = ReopenForm()
    if not form.validate_on_submit() or form.version.data is None:
        return _list(422, state="done")
    with db.transaction() as session:
        tasks.reopen(session, task, int(form.version.data))
    return _list(state="done") if wants_fragment() else see_other(".index", state="done")


def _list(
    status: int = 200, *, state: str = "", refused: Task | None = None, form: DoneForm | None = None
) -> Response:
    state = state or ("done" if request.args.get("state") == "done" else "open")
    kind = request.args.get("kind", "")
    found = tasks.listed(db.session(), state=state, kind=kind if kind in tasks.KINDS else "")
    viewed("task", *{task.patient_id for task in found if task.patient_id})
    return render(
        "tasks/index.html",
        "tasks/_list.html",
        status,
        found=found,
        state=state,
        kind=kind,
        kinds=tasks.KINDS,
        waiting=tasks.count_open(db.session()),
        refused=refused,
        form=form,
    )
