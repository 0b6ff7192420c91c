"""The decision: fixed -> deployed -> newest tag of the registry -> default, for every use of an image.

Nothing here reads a network or a file. Live objects and tags come from two callables, which are asked once each,
and only for what the rules before them left open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from . import fixed_advice
from .errors import ImagesError, RegistryError, RepositoryUnknownError
from .filter_advice import hash_warning
from .filters import Filter, newest
from .fixed_choice import Choice, choose
from .fixed_images import FixedImage
from .images import Use
from .live_images import ambiguous, live_image
from .objects import Body, ObjectKey
from .paths import shared_name
from .references import ImageRef, Repository, suspicion, with_tag
from .undecided import Answer, undecided

Source = Literal["fixed", "deployed", "registry", "default"]
ReadLive = Callable[[Collection[ObjectKey]], Mapping[ObjectKey, Body]]
ListTags = Callable[[Collection[ImageRef]], Mapping[Repository, Answer]]


@dataclass(frozen=True)
class Rules:
    """What the user asked for; with `report` the images that decide nothing are found out as well, for `list`."""

    fixed: Sequence[FixedImage] = ()
    update: bool = False
    offline: bool = False
    report: bool = False


@dataclass(frozen=True)
class Evidence:
    """What is known of one use before the order of the rules; `answer` is None where no registry was asked."""

    fixed: FixedImage | None = None
    deployed: str | None = None
    answer: Answer | None = None
    newest: str | None = None


@dataclass(frozen=True)
class Decision:
    """The image of one use and the rule that gave it; `deployed` and `registry` where they are known."""

    use: Use
    image: str
    source: Source
    deployed: str | None = None
    registry: str | None = None


@dataclass(frozen=True)
class Resolution:
    """Every decision, in the order of the uses; warnings for everyone, notes for `-v=2`."""

    decisions: tuple[Decision, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def images(self) -> dict[Use, str]:
        """Return the image of every use."""
        return {decision.use: decision.image for decision in self.decisions}


@dataclass
class _Remarks:
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def decide(use: Use, evidence: Evidence, rules: Rules) -> Decision | None:
    """Apply the rules in their order; None when none of them answers."""
    deployed, winner = evidence.deployed, evidence.newest
    if evidence.fixed is not None:
        return Decision(use, evidence.fixed.result_image, "fixed", deployed, winner)
    if deployed is not None and not rules.update:
        return Decision(use, deployed, "deployed", deployed, winner)
    if winner is not None:
        return Decision(use, winner, "registry", deployed, winner)
    if use.call.default is not None and _may_default(evidence, rules):
        return Decision(use, use.call.default, "default", deployed, winner)
    return None


def _may_default(evidence: Evidence, rules: Rules) -> bool:
    """Tell whether the registry had its say: a registry that fails is an error, whatever the default."""
    return rules.offline or isinstance(evidence.answer, tuple | RepositoryUnknownError)


def resolve(uses: Sequence[Use], rules: Rules, read_live: ReadLive, list_tags: ListTags) -> Resolution:
    """Decide every use; raise UndecidedImageError naming all that could not be, and never decide only some.

    Raises FixedImageError for a file that is of another namespace, InputError where what runs can be read in several
    ways, and whatever `read_live` raises, since what runs is never guessed. The warnings come with the error, too.
    """
    remarks = _Remarks()
    try:
        return _resolve(uses, rules, read_live, list_tags, remarks)
    except ImagesError as error:
        error.warnings = tuple(dict.fromkeys(remarks.warnings))
        raise


def _resolve(
    uses: Sequence[Use], rules: Rules, read_live: ReadLive, list_tags: ListTags, remarks: _Remarks
) -> Resolution:
    choice = choose(rules.fixed, uses)
    fixed_advice.check_namespaces(choice)
    remarks.warnings += _doubts(choice)
    evidence = {use: Evidence(fixed=choice.decided.get(use)) for use in uses}
    evidence |= _with_deployed(evidence, rules, read_live, remarks)
    evidence |= _with_tags(evidence, rules, list_tags)
    decisions = {use: decide(use, known, rules) for use, known in evidence.items()}
    missing = {use: evidence[use].answer for use, decision in decisions.items() if decision is None}
    if missing:
        raise undecided(missing, update=rules.update)
    found = tuple(decision for decision in decisions.values() if decision is not None)
    _check_choices(found, evidence, remarks)
    return Resolution(found, tuple(dict.fromkeys(remarks.warnings)), tuple(dict.fromkeys(remarks.notes)))


def _doubts(choice: Choice) -> Iterator[str]:
    """Yield what is doubtful before anything is decided."""
    yield from filter(None, map(suspicion, dict.fromkeys(use.call.image for use in choice.uses)))
    yield from fixed_advice.warnings(choice)


def _with_deployed(
    evidence: Mapping[Use, Evidence], rules: Rules, read_live: ReadLive, remarks: _Remarks
) -> dict[Use, Evidence]:
    """Add the deployed image to every use of the objects where not all is fixed; others are not read."""
    keys = dict.fromkeys(use.key for use, known in evidence.items() if known.fixed is None)
    if not keys or (rules.update and not rules.report):
        return {}
    try:
        live = read_live(tuple(keys))
    except ImagesError as exc:
        if not rules.update:
            raise
        remarks.warnings.append(f"the deployed images are not listed: {exc}")
        return {}
    return {
        use: replace(known, deployed=_deployed(known, use, live.get(use.key), rules, remarks))
        for use, known in evidence.items()
    }


def _deployed(known: Evidence, use: Use, live: Body | None, rules: Rules, remarks: _Remarks) -> str | None:
    """Return the image that runs in the place of the use; None unless it is of the same repository.

    Raises InputError where it would decide, and several images can be read there.
    """
    found = live_image(live, use)
    if found.readings and known.fixed is None and not rules.update:
        raise ambiguous(use, found.readings)
    if live and (name := shared_name(use.steps)):
        remarks.notes.append(
            f'{use.key}: {use.path} is in one of several elements with the name "{name}": counts as not deployed'
        )
    elif found.text is not None and not found.readings:
        # What is no image of ours may be anything, in a Secret above all.
        runs = "something" if use.key.kind == "Secret" else found.text
        remarks.notes.append(
            f"{use.key}: {use.path} runs {runs}, which is not {use.call.image}: counts as not deployed"
        )
    return found.image


def _with_tags(evidence: Mapping[Use, Evidence], rules: Rules, list_tags: ListTags) -> dict[Use, Evidence]:
    """Add the registry's answer to every use that needs it (or all of them, for `list`)."""
    asked = [use for use, known in evidence.items() if rules.report or decide(use, known, rules) is None]
    if not asked or rules.offline:
        return {}
    references = {use: ImageRef.parse(use.call.image) for use in asked}
    unique = {reference.repository_key: reference for reference in references.values()}
    answers = list_tags(tuple(unique.values()))
    choose = _chooser(answers)
    return {use: choose(evidence[use], use, reference.repository_key) for use, reference in references.items()}


def _chooser(answers: Mapping[Repository, Answer]) -> Callable[[Evidence, Use, Repository], Evidence]:
    """Return a function that adds answer and newest image; each filter goes through each list of tags once."""
    winners: dict[tuple[Repository, Filter], str | None] = {}

    def choose(known: Evidence, use: Use, repository: Repository) -> Evidence:
        answer, key = answers[repository], (repository, use.call.filter)
        if key not in winners:
            winners[key] = newest(use.call.filter, answer) if isinstance(answer, tuple) else None
        tag = winners[key]
        image = None if tag is None else with_tag(use.call.image, tag)
        return replace(known, answer=answer, newest=image)

    return choose


def _check_choices(decisions: Sequence[Decision], evidence: Mapping[Use, Evidence], remarks: _Remarks) -> None:
    """Warn of registries that failed where their answer was only reported, and of doubtful winners."""
    winners: dict[tuple[str, Filter], tuple[str, ...]] = {}
    faults: dict[str, list[str]] = {}
    for decision in decisions:
        answer, call = evidence[decision.use].answer, decision.use.call
        if isinstance(answer, RegistryError) and decision.source != "default":
            own = isinstance(answer, RepositoryUnknownError) or not answer.cause
            faults.setdefault(str(answer) if own else answer.cause, []).append(str(answer))
        if isinstance(answer, tuple) and decision.source == "registry":
            winners[call.image, call.filter] = answer
    for cause, messages in faults.items():
        count = len(set(messages))
        remarks.warnings.append(
            messages[0] if count == 1 else f"the newest tags of {count} images are not known: {cause}"
        )
    for (image, filter_), tags in winners.items():
        if doubt := hash_warning(filter_, tags):
            remarks.warnings.append(f"{image}: {doubt}")
