"""The one generic reader: walks the segments of a set along its guide into a tree of loops, with findings.

It is lenient on the body: a segment out of place is kept where it fits, an unknown one where it stands, and both are said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from clinic.x12.envelope import Delimiters, Segment
from clinic.x12.errors import Finding, Room, Severity, finding
from clinic.x12.guide import Guide, Loop, Seg
from clinic.x12.states import Action, Choice, Node, State, start_state

__all__ = ["MOST_FINDINGS", "Node", "State", "Walker", "start_state"]

# A set of a million faults says so often, then how many there are more: findings must not outgrow the file.
MOST_FINDINGS = 10_000
# The same stray segment, or the same wrong code at the same place, is listed so often.
MOST_ALIKE = 20
_GIVE_UP = 20_000


class Walker:
    """Walks one transaction set. `findings` grow while it goes."""

    def __init__(
        self,
        guide: Guide,
        delimiters: Delimiters,
        set_position: int,
        set_number: str,
        cut: str = "",
        lenient: bool = False,
        room: Room | None = None,
    ) -> None:
        # What a missing or surplus segment is: an error, or (`lenient`) a warning where money can still be read.
        self.missing: Severity = "warning" if lenient else "error"
        self.findings: list[Finding] = []
        self.root = Node(guide.root.id, 0)
        self._guide = guide
        self._component = delimiters.component
        self._offset = set_position - 1
        self.set_number = set_number
        self._cut = cut
        self._found = {"error": 0, "warning": 0, "note": 0}
        self._room = room or Room()
        # What was found so often already, and the place of the last that was listed.
        self._alike: dict[tuple[str, str, str], list[int]] = {}

    def walk(self, segments: Iterator[Segment]) -> Iterator[Node]:
        """Yields each loop named `cut` when it is complete, without keeping it; then the root."""
        state = start_state(self._guide)
        node = self.root
        specs: list[Seg | None] = []
        stack = [(node, state, specs)]
        cut = self._cut
        stay, take, note = state.stay, node.segments.append, specs.append
        for segment in segments:
            name, elements = segment.id, segment.elements
            spec = stay.get(name)
            if isinstance(spec, dict):
                spec = spec.get(elements[1]) if len(elements) > 1 else None
            if spec is None:
                action = state.direct.get(name) or self._choose(segment, state)
                if action is None:
                    self._unknown(segment, state)
                else:
                    pops, opened, spec, late = action
                    if pops or opened is not None:
                        while pops:
                            pops -= 1
                            self._close(node, state, specs)
                            stack.pop()
                            done, (node, state, specs) = node, stack[-1]
                            if done.loop == cut:
                                yield done
                            else:
                                node.add(done)
                        if self._found["error"] > _GIVE_UP:
                            self._give_up(segment, segments)
                            break
                        if late:
                            self._late(segment, state)
                        if opened is not None:
                            state = opened
                            node = Node(state.loop.id, segment.position)
                            specs = []
                            stack.append((node, state, specs))
                        stay, take, note = state.stay, node.segments.append, specs.append
            take(segment)
            note(spec)
        while len(stack) > 1:
            self._close(node, state, specs)
            stack.pop()
            done, (node, state, specs) = node, stack[-1]
            if done.loop == cut:
                yield done
            else:
                node.add(done)
        self._close(node, state, specs)
        self._say_how_often()

    def follow(self, segment: Segment, stack: list[State]) -> bool:
        """Pop and push loops on `stack` as `segment` asks, keeping nothing; True where it opens one.

        For who goes along a set in bounded memory; `stack` begins with `start_state`.
        """
        action = stack[-1].direct.get(segment.id) or self._choose(segment, stack[-1])
        self.findings.clear()
        if action is None:
            return False
        if action.pops:
            del stack[-action.pops :]
        if action.state is None:
            return False
        stack.append(action.state)
        return True

    def _give_up(self, segment: Segment, rest: Iterator[Segment]) -> None:
        """A set with so many errors is none: what follows is counted and kept as text, not taken apart."""
        for _ in rest:
            pass
        self._found["error"] = 0
        self.find(
            segment, "", "", "error", "", "The set has too many errors; from here on it is not taken apart."
        )
        self._found["error"] = _GIVE_UP

    def _late(self, segment: Segment, state: State) -> None:
        message = f"{segment.id} stands after loops that it should precede."
        self.find(segment, state.loop.id, "", "warning", "7", message)

    def _choose(self, segment: Segment, state: State) -> Action | None:
        """What the codes of a segment make of it here."""
        choices = state.table.get(segment.id)
        if choices is None:
            return None
        elements = segment.elements
        for choice in choices:
            if choice.default is not None:
                return choice.default
            place = choice.place
            text = elements[place] if place < len(elements) else ""
            action = choice.by_code.get(text)
            if action is None and choice.component:
                action = choice.by_code.get(text.partition(self._component)[0])
            if action is not None:
                return action
        return self._guess(segment, choices)

    def find(
        self,
        segment: Segment,
        loop: str,
        element: str,
        severity: Severity,
        code: str,
        message: str,
        value: str = "",
        named: str = "",
    ) -> None:
        """Keeps a finding at a segment; `named` is the segment that it speaks of where that is another one."""
        if self.has_room(severity):
            place = segment.position
            self.findings.append(
                finding(severity, place, loop, element, value, message, code, named or segment.id, self.set_number,
                        place - self._offset)
            )  # fmt: skip

    def has_room(self, severity: Severity) -> bool:
        """Counts one more finding; whether it may be kept."""
        room = not self.is_full(severity)
        self._found[severity] += 1
        self._room.left -= room
        return room

    def is_full(self, severity: Severity) -> bool:
        """Whether one more finding would only be counted: then nobody need put it in words."""
        found = self._found[severity]
        return found >= MOST_FINDINGS or (self._room.left <= 0 and (found > 0 or severity != "error"))

    def count(self, severity: Severity) -> None:
        """One more finding that is not kept."""
        self._found[severity] += 1

    def place_in_set(self, segment: Segment) -> int:
        """Counted from ST = 1."""
        return segment.position - self._offset

    def unlisted(self) -> list[Finding]:
        """How many findings of each severity were not kept, as one finding each."""
        return [
            Finding("note", self.root.segments[0].position if self.root.segments else 0, "", "", "",
                    f"There are {count - MOST_FINDINGS:,} more findings of this kind ({severity}) than are listed.",
                    transaction_set=self.set_number, advice="Mend what is listed first.")
            for severity, count in self._found.items()
            if count > MOST_FINDINGS
        ]  # fmt: skip

    def _guess(self, segment: Segment, choices: list[Choice]) -> Action | None:
        """No code matches: take it for the nearest segment of that id that opens no loop, and say so."""
        for choice in choices:
            staying = [action for action in choice.by_code.values() if action.state is None]
            if staying:
                nearest = min(staying, key=lambda action: action.pops)
                place = f"{segment.id}{choice.place:02d}"
                value = segment.get(choice.place)
                if self._is_told((segment.id, place, value), MOST_ALIKE):
                    self.find(segment, "", place, "warning", "7", f"{value!r} is not a code that {place} may have here.",
                              value)  # fmt: skip
                return nearest
        return None

    def _unknown(self, segment: Segment, state: State) -> None:
        known = _known(self._guide)
        most = MOST_ALIKE
        if segment.id in known:
            what, code = f"{segment.id} is not expected here", "2"
        elif segment.id.upper() in known:
            what, code, most = (
                f"{segment.id!r} is in small letters; segment names are capital letters",
                "1",
                1,
            )
        else:
            what, code = f"{segment.id[:10]!r} is not a segment of this transaction", "1"
        if self._is_told((segment.id, code, ""), most):
            self.find(segment, state.loop.id, "", "warning", code, f"{what}; it is kept and shown.")

    def _is_told(self, kind: tuple[str, str, str], most: int) -> bool:
        """Whether one more of these is listed; the last one listed will say how many more there were."""
        seen = self._alike.setdefault(kind, [0, -1])
        seen[0] += 1
        if seen[0] == most and not self.is_full("warning"):
            seen[1] = len(self.findings)
        return seen[0] <= most

    def _say_how_often(self) -> None:
        for (name, _, _), (count, place) in self._alike.items():
            more = count - (1 if name != name.upper() else MOST_ALIKE)
            if more > 0 and place >= 0:
                last = self.findings[place]
                self.findings[place] = replace(
                    last, message=f"{last.message} There are {more:,} more like it."
                )

    def _close(self, node: Node, state: State, specs: list[Seg | None]) -> None:
        """Too few or too many segments and loops."""
        key = tuple(specs)
        shape = state.shapes.get(key) or state.shape(key)
        node.specs = shape.specs
        if shape.lacks:
            for seg, after in shape.lacks:
                if self.is_full(self.missing):
                    self.count(self.missing)
                else:
                    at = node.segments[after] if node.segments else Segment("", (), node.position)
                    self.find(at, state.loop.id, "", self.missing, "3", f"{_name(seg)} is missing from the loop.",
                              named=seg.id)  # fmt: skip
        for kind in shape.crowded:
            same = [s for s, spec in zip(node.segments, key, strict=True) if spec is kind]
            same = [s for s in same if self._is(s, kind)]
            if len(same) > kind.repeat:
                self.find(same[kind.repeat], state.loop.id, "", self.missing, "5",
                          f"{_name(kind)} stands {len(same)} times, {kind.repeat} at most.")  # fmt: skip
        # Loops inside can be too few, or too many.
        if state.watchful or len(node.children) > state.fewest:
            self._check_loops(node, state)

    def _is(self, segment: Segment, kind: Seg) -> bool:
        """Whether a segment was known by its code, not only guessed by its id."""
        decider = kind.decider
        if decider is None:
            return True
        text = segment.get(decider.place)
        return text in decider.codes or text.partition(self._component)[0] in decider.codes

    def _check_loops(self, node: Node, state: State) -> None:
        seen: dict[str, int] = {}
        for child in node.children:
            seen[child.loop] = seen.get(child.loop, 0) + 1
        for loop in state.required_loops:
            if loop.id in seen or loop.id == self._cut:
                continue
            if self.is_full(self.missing):
                self.count(self.missing)
                continue
            at = node.segments[0] if node.segments else Segment("", (), node.position)
            first = loop.segments[0]
            self.find(at, loop.id, "", self.missing, "I7", f"Loop {loop.id} ({_name(first)}) is missing.",
                      named=first.id)  # fmt: skip
        for name, count in seen.items():
            most = state.loop_limits.get(name, 0)
            if most and count > most:
                at = node.nodes(name)[most].segments[0]
                self.find(
                    at, name, "", self.missing, "4", f"Loop {name} stands {count} times, {most} at most."
                )


def _name(seg: Seg) -> str:
    decider = seg.decider
    return (
        f"{seg.id}*{'/'.join(sorted(decider.codes)[:4])}"
        if decider is not None and decider.place == 1
        else seg.id
    )


def _known(guide: Guide) -> frozenset[str]:
    found = guide.states.get("ids")
    if isinstance(found, frozenset):
        return found
    ids = frozenset(_ids(guide.root))
    guide.states["ids"] = ids
    return ids


def _ids(loop: Loop) -> Iterator[str]:
    yield from (seg.id for seg in loop.segments)
    for child in loop.loops:
        yield from _ids(child)
