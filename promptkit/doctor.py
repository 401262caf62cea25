"""What a person checks first when something is odd: a look at a project that sends nothing."""

from __future__ import annotations

import os
import platform
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from promptkit.brand.check import check_brand
from promptkit.client.doubts import Doubt
from promptkit.client.entry import usd
from promptkit.errors import (
    Finding,
    InputError,
    Place,
    PromptkitError,
    SettingsError,
    unknown,
)
from promptkit.keys import key_of
from promptkit.kit import AsyncKit
from promptkit.project import HOME, PREFIX, root_of
from promptkit.settings import COMP, FILE, ProviderSettings, RewriterSettings
from promptkit.template.check import check_template
from promptkit.workflow.providers import needs_key

#: Libraries whose versions matter to whoever looks into a fault.
_LIBRARIES = ("httpx", "diskcache", "pillow", "pydantic", "jinja2", "rapidocr")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what there is to say, and what is wrong."""

    name: str
    said: str
    findings: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something is wrong, and not only worth knowing."""
        return any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was looked at, and the calls in doubt."""

    checks: tuple[Check, ...]
    doubts: tuple[Doubt, ...] = ()

    @property
    def exit_code(self) -> int:
        """5 when something is in doubt, else 1 when a check failed, else 0."""
        return 5 if self.doubts else int(any(check.failed for check in self.checks))


def examine(
    project: Path | None, config: Mapping[str, Any], own_version: str, env: Mapping[str, str]
) -> Examination:
    """Look at the project of a folder (else of the working folder), and send nothing."""
    root = root_of((project or Path.cwd()).expanduser().absolute())
    checks = [_versions(own_version), _project(root)]
    try:
        kit = AsyncKit(project, config=config)
    except SettingsError as error:
        return Examination((*checks, Check("settings", "have faults", error.findings)))
    checks += [
        _settings(kit, env),
        _brands(kit),
        _templates(kit),
        _models(kit),
        _keys(kit, env),
        _signing(kit),
        _folders(kit),
    ]
    money, doubts = _money(kit)
    return Examination((*checks, _store(kit), money), doubts)


def _versions(own: str) -> Check:
    libraries = ", ".join(f"{name} {found}" for name in _LIBRARIES if (found := _version(name)))
    python = f"Python {platform.python_version()} on {platform.system()}"
    return Check("versions", f"promptkit {own}, {python}; {libraries}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _project(root: Path) -> Check:
    if (root / FILE).is_file():
        return Check("project", str(root / FILE))
    fix = "promptkit init starts a project; -C names its folder"
    message = f"there is no {FILE} here or in a folder above"
    finding = Finding("no-settings", message, "advice", fix=fix)
    return Check("project", f"{root}, without settings", (finding,))


def _settings(kit: AsyncKit, env: Mapping[str, str]) -> Check:
    named = sorted(name for name in env if name.startswith(PREFIX) and env[name].strip())
    said = f"valid; set by variables: {', '.join(named)}" if named else "valid"
    return Check("settings", said, tuple(_setting_faults(kit)))


def _setting_faults(kit: AsyncKit) -> Iterator[Finding]:
    known = kit.brands.paths()
    for name in kit.settings.budget.brands:
        if name not in known:
            message, fix = unknown("brand", name, known)
            message = f"budget.brands.{name} holds nobody back: {message}"
            yield Finding("unknown-brand", message, fix=fix)
    budget, tiers = kit.settings.budget, kit.settings.tiers
    paid = {tiers.preview.model, tiers.final.model} - {COMP}
    if paid and budget.per_day is None and budget.per_month is None:
        message = "no budget by day or month is set, so nothing limits what is spent in all"
        fix = f"add to {FILE}: budget: {{per_day: 20}}"
        yield Finding("no-budget", message, "advice", fix=fix)


def _signing(kit: AsyncKit) -> Check:
    """Try what finished files are signed with on a picture of one px; nobody is asked."""
    from promptkit.picture.marks.credentials import tried
    from promptkit.picture.marks.seal import Seal

    try:
        seal = Seal.of(kit.settings.provenance, kit.project.root)
        if seal is None:
            return Check("signing", "no certificate is set, so finished files are not signed")
        findings = tuple(tried(seal))
    except SettingsError as error:
        return Check("signing", "finished files cannot be signed", error.findings)
    if any(finding.severity == "error" for finding in findings):
        return Check("signing", "finished files cannot be signed", findings)
    own = seal.certificate()
    said = f"“{own.name}” signs, tried on a picture of one px; valid until {own.until.date()}"
    asked = f"; {seal.timestamp} was not asked" if seal.timestamp else ""
    return Check("signing", said + asked, findings)


def _brands(kit: AsyncKit) -> Check:
    findings = _errors_of(kit.brands.paths(), lambda name: check_brand(kit.brand(name)))
    if kit.settings.brand:
        findings += _errors_of([kit.settings.brand], lambda _: check_brand(kit.brand()))
    return _counted("brands", len(kit.brands.paths()), _own(kit, "brand_profiles"), findings)


def _templates(kit: AsyncKit) -> Check:
    names = kit.templates.names()
    findings = _errors_of(names, lambda name: check_template(kit.template(name)))
    return _counted("templates", len(names), _own(kit, "templates"), findings)


def _own(kit: AsyncKit, folder: str) -> int:
    names = kit.brands.paths() if folder == "brand_profiles" else kit.templates.names()
    here = kit.project.root / folder
    stems = {path.stem for path in here.glob("*")} if here.is_dir() else set()
    return len(stems.intersection(names))


def _counted(name: str, count: int, own: int, findings: list[Finding]) -> Check:
    found = [*dict.fromkeys(findings)]
    said = f"{count}, {own} of them the project's own"
    if len(found) > _SHOWN:
        verb = f"promptkit {name.removesuffix('s')} check"
        said += f"; {len(found)} errors, the first {_SHOWN} here ({verb} shows all)"
    return Check(name, said, tuple(found[:_SHOWN]))


def _errors_of(names: Iterable[str], check: Callable[[str], Iterable[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    for name in names:
        try:
            found += check(name)
        except InputError as error:
            found += error.findings
    return [finding for finding in found if finding.severity == "error"]


def _models(kit: AsyncKit) -> Check:
    preview, final = kit.settings.tiers.preview, kit.settings.tiers.final
    tiers = {
        "preview": (preview.model, preview.quality),
        "final": (final.model, final.quality),
    }
    findings: list[Finding] = []
    for tier, (name, quality) in tiers.items():
        where = f"tiers.{tier}.model"
        try:
            model = kit.model(name)
            model.card.quality(quality)
        except InputError as error:
            findings += (
                replace(item, message=f"{where}: {item.message}") for item in error.findings
            )
            continue
        if model.card.shutdown:
            message = f"{where}: {model} will be shut down on {model.card.shutdown}"
            successor = model.card.successor
            fix = f"use {model.provider}/{successor} from then on" if successor else None
            findings.append(Finding("model-retires", message, "warning", fix=fix))
    said = ", ".join(f"{tier} {name} ({quality})" for tier, (name, quality) in tiers.items())
    return Check("models", said, tuple(findings))


def _keys(kit: AsyncKit, env: Mapping[str, str]) -> Check:
    tiers = kit.settings.tiers
    named = (tiers.preview.model, tiers.final.model)
    used = {model.provider for name in named for model in _known(kit, name)}
    said: list[str] = []
    findings: list[Finding] = []
    for name, settings in kit.settings.providers.items():
        if not needs_key(settings):
            continue
        try:
            key_of(name, settings, env)
            said.append(f"{_key_place(settings, env)} is set")
        except SettingsError as error:
            if name in used:
                findings += error.findings
            elif place := _key_place(settings, env):
                said.append(f"{place} is not set, and no tier needs it")
    texts = {"rewriter": kit.settings.rewriter, "judge": kit.settings.judge}
    for name, own in texts.items():
        if own and (place := _key_place(own, env)):
            said.append(f"{place} is {'set' if _has_key(own, env) else 'not set'} (the {name})")
    missing = "missing" if findings else "none is needed"
    return Check("keys", "; ".join(said) or missing, tuple(findings))


def _key_place(settings: ProviderSettings | RewriterSettings, env: Mapping[str, str]) -> str:
    """Return where a key is looked for, "" where nothing is named; a variable comes first."""
    if settings.key_keyring and not env.get(settings.key_env, "").strip():
        return f"the keyring's {settings.key_keyring}"
    return settings.key_env


def _has_key(settings: RewriterSettings, env: Mapping[str, str]) -> bool:
    try:
        return bool(key_of("rewriter", settings, env))
    except SettingsError:
        return False


def _known(kit: AsyncKit, name: str) -> list[Any]:
    try:
        return [kit.model(name)]
    except InputError:
        return []


def _folders(kit: AsyncKit) -> Check:
    runs, home = kit.project.runs, kit.project.home
    findings = [*_unwritable(runs), *_unwritable(home), *_open_to_others(home)]
    return Check("folders", f"runs in {runs}, state in {home}", tuple(findings))


def _unwritable(folder: Path) -> Iterator[Finding]:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        message = f"{folder} cannot be written to"
        why = "is no folder" if not there.is_dir() else "may not be written to by you"
        fix = f"{there} {why}: change that, or name another folder (`runs:`, {HOME})"
        yield Finding("unwritable", message, place=Place(str(there)), fix=fix)


def _open_to_others(home: Path) -> Iterator[Finding]:
    if os.name == "posix" and home.is_dir():
        mode = stat.S_IMODE(home.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            message = "others on this machine can look into the state folder: prompts and pictures"
            fix = f"chmod 700 {home}"
            yield Finding("not-private", message, "warning", Place(str(home)), fix)


def _store(kit: AsyncKit) -> Check:
    if not kit.project.home.is_dir():
        return Check("store", "empty: nothing was made yet")
    with kit.upkeep() as upkeep:
        count, findings = upkeep.glance()
    said = f"{count} picture{'' if count == 1 else 's'}, not read (promptkit cache verify does)"
    return Check("store", said, tuple(findings))


def _money(kit: AsyncKit) -> tuple[Check, tuple[Doubt, ...]]:
    today = datetime.now(UTC).date().isoformat()
    try:
        with kit.upkeep() as upkeep:
            doubts, days = upkeep.doubts(), upkeep.sums("day", f"{today[:7]}-01", today)
    except PromptkitError as error:
        finding = Finding("ledger", error.message, fix=error.fix)
        return Check("money", "the ledger cannot be read", (finding,)), ()
    spent = {
        "today": usd(sum(day.spent for day in days if day.name == today)),
        "this month": usd(sum(day.spent for day in days)),
    }
    limits = {"today": kit.settings.budget.per_day, "this month": kit.settings.budget.per_month}
    said = ", ".join(
        f"${amount:.2f}{'' if limit is None else f' of ${_cents(limit)}'} {period}"
        for period, amount in spent.items()
        for limit in (limits[period],)
    )
    doubtful = f"; {len(doubts)} in doubt" if doubts else "; nothing in doubt"
    return Check("money", f"spent or held (UTC): {said}{doubtful}"), tuple(doubts)


def _cents(limit: Decimal) -> str:
    """Write a limit with its cents, or as it is when it counts in less than those."""
    return f"{limit:.2f}" if limit == round(limit, 2) else str(limit)
