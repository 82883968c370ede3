"""Loops as read, and guides compiled for reading: what each segment id means at each place of the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from clinic.x12.envelope import Segment
from clinic.x12.guide import Guide, Loop, Seg

_MOST_BACK = 2
_MOST_REMEMBERED = 1_000
_LONGEST_REMEMBERED = 100


class Node:
    """One loop as read: its segments (and, once it is closed, what each was taken for), and the loops inside.

    Files are made of loops without any inside, and of few kinds of them: these share what is empty or the same, for
    whatever is alive Python's collector goes through again and again.
    """

    __slots__ = ("children", "loop", "position", "segments", "specs")

    def __init__(self, loop: str, position: int) -> None:
        self.loop = loop
        self.position = position
        self.segments: list[Segment] = []
        self.specs: tuple[Seg | None, ...] = ()
        self.children: Sequence[Node] = ()

    def add(self, child: Node) -> None:
        """One more loop inside."""
        if isinstance(self.children, list):
            self.children.append(child)
        else:
            self.children = [child]

    def first(self, name: str, *codes: str) -> Segment | None:
        """The first segment `name`, whose element 01 is one of `codes` where given."""
        for segment in self.segments:
            if segment.id == name and (not codes or segment.get(1) in codes):
                return segment
        return None

    def all(self, name: str, *codes: str) -> list[Segment]:
        return [s for s in self.segments if s.id == name and (not codes or s.get(1) in codes)]

    def nodes(self, *loops: str) -> list[Node]:
        return [child for child in self.children if child.loop in loops]

    def node(self, *loops: str) -> Node | None:
        return next((child for child in self.children if child.loop in loops), None)

    def everything(self) -> list[Segment]:
        """All segments below and here, in the order of the file."""
        found = list(self.segments)
        for child in self.children:
            found += child.everything()
        found.sort(key=_position)
        return found


def _position(segment: Segment) -> int:
    return segment.position


class Action(NamedTuple):
    """Leave `pops` loops, then open `state` (None: stay) and take the segment as `spec`."""

    pops: int
    state: State | None
    spec: Seg
    late: bool


class Choice(NamedTuple):
    place: int
    component: int
    by_code: dict[str, Action]
    default: Action | None


class Lack(NamedTuple):
    """A segment that is missing, and the place in the loop after which it should stand."""

    seg: Seg
    after: int


class Shape(NamedTuple):
    """What a loop of just these segments lacks, and which of them stand more often than they may."""

    specs: tuple[Seg | None, ...]
    lacks: tuple[Lack, ...]
    crowded: tuple[Seg, ...]


class State:
    """A loop at one place of the tree, with what each segment id means there."""

    __slots__ = (
        "children",
        "direct",
        "fewest",
        "loop",
        "loop_limits",
        "parent",
        "required",
        "required_loops",
        "shapes",
        "stay",
        "table",
        "watchful",
    )

    def __init__(self, loop: Loop, parent: State | None) -> None:
        self.loop = loop
        self.parent = parent
        self.children = [State(child, self) for child in loop.loops]
        self.table: dict[str, list[Choice]] = {}
        # Segments that can mean one thing only here: most of them.
        self.direct: dict[str, Action] = {}
        # What belongs to the loop itself: by its id alone, or by the code in element 01, as NM1, REF and DTM do.
        self.stay: dict[str, Seg | dict[str, Seg]] = {}
        # Most loops are made of the same as one before.
        self.shapes: dict[tuple[Seg | None, ...], Shape] = {}
        self.required = [seg for seg in loop.segments[1:] if seg.required]
        self.required_loops = [child for child in loop.loops if child.required]
        self.loop_limits = {child.id: child.repeat for child in loop.loops if child.repeat}
        # Loops inside can be too few, or too many where there are more than `fewest`.
        self.watchful = bool(self.required_loops)
        self.fewest = min(self.loop_limits.values(), default=1 << 30)

    def shape(self, specs: tuple[Seg | None, ...]) -> Shape:
        """Too few or too many of each segment; remembered where others may look the same."""
        kinds = Counter(specs)
        lacks = tuple(Lack(seg, self._before(specs, seg)) for seg in self.required if seg not in kinds)
        # Most limits are far beyond what a loop holds at all.
        crowded = tuple(kind for kind, count in kinds.items() if kind is not None and 0 < kind.repeat < count)
        made = Shape(specs, lacks, crowded)
        if len(self.shapes) < _MOST_REMEMBERED and len(specs) <= _LONGEST_REMEMBERED:
            self.shapes[specs] = made
        return made

    def _before(self, specs: tuple[Seg | None, ...], missing: Seg) -> int:
        """The place of the last segment after which a missing one may stand."""
        earlier = frozenset(self.loop.segments[: self.loop.segments.index(missing)])
        return next((place for place in range(len(specs) - 1, 0, -1) if specs[place] in earlier), 0)

    def compile(self) -> None:
        self._learn_all()
        for name, choices in self.table.items():
            if len(choices) == 1 and choices[0].default is not None:
                self.direct[name] = action = choices[0].default
                if not action.pops and action.state is None:
                    self.stay[name] = action.spec
            elif choices[0].default is None and choices[0].place == 1:
                self.stay[name] = {
                    code: action.spec
                    for code, action in choices[0].by_code.items()
                    if not action.pops and action.state is None
                }
        for child in self.children:
            child.compile()

    def _learn_all(self) -> None:
        ancestor: State | None = self
        pops = 0
        while ancestor is not None:
            own = ancestor.loop.segments if ancestor.parent is None else ancestor.loop.segments[1:]
            for seg in own:
                # A segment out of place must not close a claim: it goes back two loops at most, else it stays unknown.
                if pops <= _MOST_BACK or seg.trailing:
                    self._learn(seg, Action(pops, None, seg, pops > 0 and not seg.trailing))
            for child in ancestor.children:
                first = child.loop.segments[0]
                self._learn(first, Action(pops, child, first, False))
            ancestor = ancestor.parent
            pops += 1

    def _learn(self, seg: Seg, action: Action) -> None:
        """What is nearer was learned first and wins."""
        choices = self.table.setdefault(seg.id, [])
        decider = seg.decider
        if decider is None:
            if not any(choice.default for choice in choices):
                choices.append(Choice(0, 0, {}, action))
            return
        for choice in choices:
            if choice.default is not None:
                return
            if (choice.place, choice.component) == (decider.place, decider.component):
                for code in decider.codes:
                    choice.by_code.setdefault(code, action)
                return
        choices.append(Choice(decider.place, decider.component, dict.fromkeys(decider.codes, action), None))


def start_state(guide: Guide) -> State:
    """The compiled guide, made once."""
    found = guide.states.get("root")
    if isinstance(found, State):
        return found
    root = State(guide.root, None)
    root.compile()
    guide.states["root"] = root
    return root
