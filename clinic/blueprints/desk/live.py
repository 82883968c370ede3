"""Whether the days on a page are still as they were drawn: what open pages ask every few seconds.

Asking beats telling here. The web server has a few workers, each of which answers one request at a time: a stream of
events would hold one of them for every open schedule. A question costs one read of an index and, when nothing
changed, an answer without a body (304); a page asks again only while somebody can see it.
"""

from flask import Response, make_response, request

from clinic import db
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.pages import days_of, provider_of, read_day, shown
from clinic.scheduling.plan import stamp
from clinic.web import requires


@bp.get("/<day>/stamp")
@requires("schedule.view")
def freshness(day: str) -> Response:
    """204 with the stamp of the days as they are now as its ETag; 304 when the page that asks has it already."""
    where = shown(read_day(day))
    providers = [provider_of(where)] if where.view == "week" else list(where.providers)
    response = make_response("", 204)
    response.set_etag(stamp(db.session(), days_of(where), providers))
    return response.make_conditional(request)
