"""Views of the schedule that a person keeps: a span with its providers and rooms, under a name of her own."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.db import new_public_id
from clinic.models import SavedView
from clinic.scheduling.errors import SchedulingError

MOST = 20
NAME_LENGTH = 40


def of_user(session: Session, user_id: int) -> Sequence[SavedView]:
    """Everything a person saved, by name."""
    return session.scalars(
        select(SavedView).where(SavedView.user_id == user_id).order_by(SavedView.name)
    ).all()


def first_of(session: Session, user_id: int) -> SavedView | None:
    """The view with which the schedule opens for a person, where she chose one."""
    return session.scalar(select(SavedView).where(SavedView.user_id == user_id, SavedView.opens_first))


def named(session: Session, user_id: int, name: str) -> SavedView | None:
    """A person's view of that name, however it is written."""
    wanted = " ".join(name.split()).casefold()
    return next((each for each in of_user(session, user_id) if each.name.casefold() == wanted), None)


def save(
    session: Session,
    user_id: int,
    name: str,
    *,
    span: str,
    providers: Sequence[str] = (),
    rooms: Sequence[str] = (),
    opens_first: bool = False,
) -> SavedView:
    """Keep a view; one of that name is replaced, and stays the first if it was.

    Raises SchedulingError for a name without letters or too many views.
    """
    name = _name(name)
    view = named(session, user_id, name)
    if view is None:
        if len(of_user(session, user_id)) >= MOST:
            raise SchedulingError(f"You have {MOST} views. Delete one that you no longer need.")
        view = SavedView(public_id=new_public_id(), user_id=user_id)
        session.add(view)
    view.name, view.span = name, span
    view.providers, view.rooms = list(providers), list(rooms)
    _open_first(session, view, opens_first or bool(view.opens_first))
    return view


def change(session: Session, view: SavedView, *, name: str, opens_first: bool) -> None:
    """Rename a view, or let the schedule open with it; raises SchedulingError when the name is another view's."""
    name = _name(name)
    others = (each for each in of_user(session, view.user_id) if each.id != view.id)
    if any(each.name.casefold() == name.casefold() for each in others):
        raise SchedulingError(f"You have another view called {name}.")
    view.name = name
    _open_first(session, view, opens_first)


def _open_first(session: Session, view: SavedView, wanted: bool) -> None:
    if wanted:
        session.flush()
        session.execute(
            update(SavedView)
            .where(SavedView.user_id == view.user_id, SavedView.id != view.id, SavedView.opens_first)
            .values(opens_first=False)
        )
    view.opens_first = wanted
    session.flush()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise SchedulingError("Give the view a name.")
    if len(name) > NAME_LENGTH:
        raise SchedulingError(f"Keep the name under {NAME_LENGTH} characters.")
    return name
