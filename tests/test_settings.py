from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.errors import SettingsError
from promptkit.keys import key_of
from promptkit.project import Project, find_project
from promptkit.settings import ProviderSettings, Settings

CANARY = "sk-canary-5e4d3c2b1a098f7e"


def settings(text: str = "", env: Mapping[str, str] | None = None, **config: Any) -> Settings:
    Path("promptkit.yaml").write_text(text, encoding="utf-8")
    flags = {path.replace("__", "."): value for path, value in config.items()}
    return find_project(Path(), flags, env or {}).settings


def faults(text: str = "", env: Mapping[str, str] | None = None, **config: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings(text, env, **config)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value.as_dict())
    found = caught.value.findings
    return [
        str(finding).replace(f"{Path.cwd()}/", "").replace(f"{Path.cwd()}\\", "")
        for finding in found
    ]


# Where they come from


def test_without_any_settings_everything_is_a_sketch_and_free() -> None:
    project = find_project(Path(), env={})
    assert project.settings.tiers.preview.model == project.settings.tiers.final.model == "comp"
    assert sorted(project.settings.providers) == ["comp", "openai"]
    assert project.settings.budget.per_run is None


def test_a_flag_beats_a_variable_and_a_variable_beats_the_file() -> None:
    text = "tiers: {preview: {n: 2, quality: high}}\nbrand: northbeam\n"
    env = {"PROMPTKIT_TIERS_PREVIEW_N": "3", "PROMPTKIT_BRAND": "tidewell"}
    found = settings(text, env, tiers__preview__n=5)
    assert (found.tiers.preview.n, found.brand) == (5, "tidewell")
    assert found.tiers.preview.quality == "high", "what nobody says again stays"
    assert settings(text, env).tiers.preview.n == 3
    assert settings(text).tiers.preview.n == 2


def test_a_brand_may_have_a_budget_of_its_own() -> None:
    text = "budget: {per_month: 100, brands: {tidewell: {per_month: 50}}}\n"
    env = {"PROMPTKIT_BUDGET_BRANDS_TIDEWELL_PER_DAY": "5"}
    budget = settings(text, env, budget__brands__tidewell__per_month=40).budget
    assert budget.per_month == 100
    assert budget.brands["tidewell"].per_month == 40
    assert budget.brands["tidewell"].per_day == 5
    (fault,) = faults("budget: {brands: {tidewell: {per_moth: 50}}}\n")
    assert "per_month" in fault
    (fault,) = faults("", {"PROMPTKIT_BUDGET_BRANDS_TIDEWELL_PER_DAY": "5"})
    assert "there is no setting" in fault, "a variable names only what the file names"


def test_every_setting_has_a_variable() -> None:
    env = {
        "PROMPTKIT_RUNS": "out",
        "PROMPTKIT_TIERS_FINAL_FROM_PREVIEW": "regenerate",
        "PROMPTKIT_PROVIDERS_OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "PROMPTKIT_PROVIDERS_OPENAI_LIMITS_PER_MINUTE": "7",
        "PROMPTKIT_PROVIDERS_MY_TRANSIT_TIMEOUTS_READ": "1.5",
        "PROMPTKIT_BUDGET_PER_DAY": "0.1",
    }
    text = "providers:\n  my-transit: {base_url: https://transit.example/v1}\n"
    found = settings(text, env)
    openai, transit = found.providers["openai"], found.providers["my-transit"]
    assert (found.runs, found.tiers.final.from_preview) == ("out", "regenerate")
    assert openai.base_url == "http://127.0.0.1:1/v1"
    assert openai.limits is not None
    assert openai.limits.per_minute == 7
    assert transit.timeouts.read == 1.5
    assert found.budget.per_day == Decimal("0.1")


def test_an_empty_variable_counts_as_not_set() -> None:
    """A pipeline whose secret is missing would else run without any budget."""
    text = "budget: {per_day: 5}\n"
    for empty in ("", "  "):
        assert settings(text, {"PROMPTKIT_BUDGET_PER_DAY": empty}).budget.per_day == 5
    assert settings(text, {"PROMPTKIT_BUDGET_PER_DAY": "null"}).budget.per_day is None


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert settings("", {"PROMPTKIT_BRAND": "1984"}).brand == "1984"
    assert settings("", {"PROMPTKIT_RUNS": "2026"}).runs == "2026"


def test_other_programs_variables_are_left_alone() -> None:
    assert settings("", {"PATH": "/bin", "MY_PROMPTKIT_X": "1"}).brand == ""


# The project and its state


def project_at(start: Path, **env: str) -> Project:
    return find_project(start, env=env)


def test_a_project_is_found_upward(tmp_path: Path) -> None:
    deep = tmp_path / "shop" / "a" / "b"
    deep.mkdir(parents=True)
    assert project_at(deep).root == deep, "without a file it is the folder itself"
    (tmp_path / "shop" / "promptkit.yaml").write_text("runs: shots\n")
    project = project_at(deep)
    assert project.root == tmp_path / "shop"
    assert project.runs == tmp_path / "shop" / "shots"
    assert project.home == tmp_path / "shop" / ".promptkit"
    (deep / "promptkit.yaml").touch()
    assert project_at(deep).root == deep, "the nearest one wins, even when it is empty"


def test_a_project_may_be_named_by_a_relative_path() -> None:
    Path("promptkit.yaml").write_text("brand: northbeam\n")
    Path("inner").mkdir()
    project = project_at(Path("inner"))
    assert (project.root, project.settings.brand) == (Path.cwd(), "northbeam")


def test_state_lies_where_promptkit_home_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project_at(Path(), PROMPTKIT_HOME=str(tmp_path / "state")).home == tmp_path / "state"
    assert project_at(Path(), PROMPTKIT_HOME="state").home == Path.cwd() / "state"
    assert project_at(Path(), PROMPTKIT_HOME="").home == Path.cwd() / ".promptkit"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert project_at(Path(), PROMPTKIT_HOME="~/state").home == tmp_path / "state"


def test_the_environment_is_the_process_own_unless_one_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROMPTKIT_BRAND", "hearth-and-ply")
    assert find_project(Path()).settings.brand == "hearth-and-ply"
    assert find_project(Path(), env={}).settings.brand == ""


# Faults


def test_every_fault_of_a_file_is_told_at_once_with_its_line() -> None:
    text = (
        "brnad: tidewell\n"
        "tiers:\n"
        "  preview: {n: 0}\n"
        "  final:\n"
        "    from_preview: redraw\n"
        "budget: {per_day: -1}\n"
        "providers:\n"
        "  transit: {dialect: gude}\n"
        "  other:\n"
        "    base_url: other.example\n"
        "    timeouts: {read: soon}\n"
    )
    found = faults(text)
    for line, words in {
        1: "did you mean “brand”?",
        3: "`tiers.preview.n`",
        5: "`tiers.final.from_preview`",
        6: "`budget.per_day`",
        8: "there is no dialect “gude”\n    transit: {dialect: gude}\n  → did you mean “guide”?",
        10: "must be a web address, like https://api.example.com/v1",
        11: "`providers.other.timeouts.read`",
    }.items():
        assert [words in fault for fault in found if f"promptkit.yaml:{line}:" in fault] == [True]


def test_a_provider_without_an_address_says_what_is_missing() -> None:
    (fault,) = faults("providers:\n  transit: {key_env: TRANSIT_KEY}\n")
    assert "promptkit.yaml:2:3: `providers.transit`: base_url is missing" in fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- brand", "settings are keys with values, like “brand: tidewell”"),
        ("brand", "settings are keys with values"),
        ("providers: 3", "`providers`: must be a group of keys"),
        ("providers: {openai: 3}", "`providers.openai`: must be a group of keys"),
        ("brand: ]", "this is not YAML"),
        ("promptkit: project/v2", "`promptkit`: cannot be “project/v2”"),
    ],
)
def test_a_file_of_another_shape_says_what_shape_it_should_have(text: str, words: str) -> None:
    assert words in faults(text)[0]
    assert "promptkit.yaml:1:" in faults(text)[0]


def test_every_unknown_variable_is_told_with_the_nearest_name() -> None:
    found = faults("", {"PROMPTKIT_TIERS_PREVEIW_N": "3", "PROMPTKIT_BRANDS": "tidewell"})
    assert ["PROMPTKIT_TIERS_PREVIEW_N" in found[0], "PROMPTKIT_BRAND”?" in found[1]] == [True] * 2


def test_a_fault_names_the_variable_or_the_flag_it_comes_from() -> None:
    env = {"PROMPTKIT_TIERS_PREVIEW_N": "many", "PROMPTKIT_BUDGET_PER_RUN": "-1"}
    found = faults("brand: tidewell\n", env, tiers__preveiw__n=2, brand__name="x")
    for source, words in {
        "PROMPTKIT_TIERS_PREVIEW_N": "`tiers.preview.n`",
        "PROMPTKIT_BUDGET_PER_RUN": "`budget.per_run`",
        "--config tiers.preveiw.n": "did you mean “preview”?",
        "--config brand.name": "`brand`",
    }.items():
        assert [words in fault for fault in found if fault.startswith(f"{source}: ")] == [True]


def test_a_provider_may_come_from_flags_alone() -> None:
    found = settings("", None, providers__transit__base_url="https://transit.example/v1/")
    assert found.providers["transit"].dialect == "openai"
    (fault,) = faults("", None, providers__transit__key_env="TRANSIT_KEY")
    assert fault.startswith("--config providers.transit.key_env: `providers.transit`: base_url")


def test_a_file_that_cannot_be_read_says_so() -> None:
    Path("promptkit.yaml").write_bytes(b"brand: \xff\xfe")
    with pytest.raises(SettingsError, match=r"promptkit\.yaml"):
        find_project(Path(), env={})


# Providers


def test_what_is_built_in_is_laid_under_what_is_said() -> None:
    found = settings("providers:\n  openai:\n  sketch: {type: comp, delay_s: 1}\n").providers
    assert found["openai"].base_url == "https://api.openai.com/v1"
    assert found["openai"].key_env == "OPENAI_API_KEY"
    assert (found["sketch"].dialect, found["sketch"].base_url) == ("comp", "")


def test_a_slash_at_the_end_of_an_address_does_not_make_it_another_service() -> None:
    """The address is part of a picture's digest: it would be paid for again."""
    text = "providers: {openai: {base_url: https://api.openai.com/v1/}}"
    assert settings(text).providers == settings().providers


@pytest.mark.parametrize(
    "address",
    [
        "ftp://transit.example",
        "https://",
        "https://transit.example/v1?key=1",
        "https://transit.example:port/v1",
        "https://[::1/v1",
        "transit.example/v1",
    ],
)
def test_an_address_is_one_of_the_web(address: str) -> None:
    (fault,) = faults(f'providers: {{transit: {{base_url: "{address}"}}}}')
    assert "must be a web address" in fault


# Keys


def a_provider(key_env: str = "TRANSIT_KEY") -> ProviderSettings:
    return ProviderSettings(base_url="https://transit.example/v1", key_env=key_env)


def test_a_key_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_of("transit", a_provider(), {"TRANSIT_KEY": f" {CANARY}\n"}) == CANARY
    monkeypatch.setenv("TRANSIT_KEY", CANARY)
    assert key_of("transit", a_provider()) == CANARY


def test_without_a_variable_it_says_which_key_to_add() -> None:
    with pytest.raises(SettingsError, match="transit names no key") as caught:
        key_of("transit", a_provider(""), {})
    assert "providers.transit.key_env" in str(caught.value)


@pytest.mark.parametrize("env", [{}, {"TRANSIT_KEY": ""}, {"TRANSIT_KEY": "  "}])
def test_without_its_key_it_says_which_variable_to_set(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="the variable TRANSIT_KEY is not set") as caught:
        key_of("transit", a_provider(), env)
    assert "export TRANSIT_KEY=…" in str(caught.value)


@pytest.mark.parametrize(
    "value", [f"Bearer {CANARY}", f"{CANARY}\nx", f'"{CANARY}"', f"'{CANARY}'", f"{CANARY}…"]
)
def test_what_is_no_key_is_never_shown(value: str) -> None:
    with pytest.raises(SettingsError, match="holds something that is no key") as caught:
        key_of("transit", a_provider(), {"TRANSIT_KEY": value})
    assert CANARY not in str(caught.value)
    assert "copy it again" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"providers: {{openai: {{api_key: {CANARY}}}}}",
        f"providers:\n  openai:\n    key: {CANARY}\n",
        f"providers: {{openai: {{key_env: {CANARY}}}}}",
        f"openai_key: '{CANARY}'",
        f"OPENAI_API_KEY={CANARY}",
        f"{CANARY}: ]",
        "providers: {openai: {key_env: 0123456789abcdef0123456789abcdef}}",
        "providers: {openai: {key_env: abcdef0123456789abcdef0123456789}}",
        "providers: {openai: {secret: hunter2hunter2}}",
        "providers: {openai: {base_url: 'https://me:hunter2hunter2@transit.example/v1'}}",
        "providers: {openai: {base_url: 'https://api.example/v1', passwords: hunter2hunter2}}",
    ],
)
def test_a_key_that_somebody_wrote_into_the_file_is_not_repeated(text: str) -> None:
    """Messages end in logs, chats and screenshots."""
    found = "\n".join(faults(text))
    assert "promptkit.yaml:1:" in found or "promptkit.yaml:3:" in found
    for secret in (CANARY, "hunter2", "0123456789"):
        assert secret not in found


def test_a_key_in_a_variable_of_ours_is_not_repeated_either() -> None:
    (fault,) = faults("", {"PROMPTKIT_PROVIDERS_OPENAI_KEY_ENV": CANARY})
    assert fault.startswith("PROMPTKIT_PROVIDERS_OPENAI_KEY_ENV: ")
    assert "the name of the variable that holds the key, not the key" in fault
