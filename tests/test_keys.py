"""Keys out of a keyring: one that lies in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from fake_openai import FakeOpenAI
from promptkit import Kit, SettingsError
from promptkit.doctor import examine
from promptkit.keys import key_of
from promptkit.settings import FILE, ProviderSettings, RewriterSettings
from promptkit.workflow.providers import needs_key

CANARY = FakeOpenAI.expected_key
ENTRY = "promptkit/shop"


class Memory(KeyringBackend):
    """A keyring that forgets everything when it is let go of."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it so
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("nobody is there")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def memory() -> Iterator[Memory]:
    before, found = keyring.get_keyring(), Memory()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


def a_provider(key_env: str = "", key_keyring: str = ENTRY) -> ProviderSettings:
    return ProviderSettings(
        base_url="https://shop.example/v1", key_env=key_env, key_keyring=key_keyring
    )


def test_a_key_comes_from_the_keyring(memory: Memory) -> None:
    keyring.set_password("promptkit", "shop", f"{CANARY}\n")
    assert key_of("shop", a_provider(), {}) == CANARY
    assert needs_key(a_provider())


def test_a_variable_comes_first_where_it_is_set(memory: Memory) -> None:
    keyring.set_password("promptkit", "shop", "from the keyring")
    assert key_of("shop", a_provider("SHOP_KEY"), {"SHOP_KEY": CANARY}) == CANARY
    keyring.set_password("promptkit", "shop", CANARY)
    assert key_of("shop", a_provider("SHOP_KEY"), {"SHOP_KEY": " "}) == CANARY


def test_a_rewriter_has_its_own(memory: Memory) -> None:
    keyring.set_password("promptkit", "words/eu", CANARY)
    settings = RewriterSettings(
        base_url="https://x.example/v1", model="m", free=True, key_keyring="promptkit/words/eu"
    )
    assert key_of("rewriter", settings, {}) == CANARY


@pytest.mark.parametrize(
    ("key_env", "said", "fix"),
    [
        ("", "needs a key, and the keyring has no entry promptkit/shop", "keyring set promptkit"),
        ("SHOP_KEY", "the variable SHOP_KEY is not set and the keyring", "export SHOP_KEY=…, or"),
    ],
)
def test_an_entry_that_is_not_there(memory: Memory, key_env: str, said: str, fix: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        key_of("shop", a_provider(key_env), {})
    assert fix in str(caught.value)


def test_a_keyring_that_stays_locked(memory: Memory) -> None:
    memory.locked = True
    with pytest.raises(SettingsError, match="cannot be read: KeyringLocked") as caught:
        key_of("shop", a_provider(), {})
    assert "unlock the keyring" in str(caught.value)


def test_a_keyring_that_fails_in_a_way_of_its_own(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> str:
        raise RuntimeError(f"dbus: no such object path {CANARY}")

    monkeypatch.setattr(memory, "get_password", failing)
    with pytest.raises(SettingsError, match="cannot be read: RuntimeError") as caught:
        key_of("shop", a_provider(), {})
    assert CANARY not in str(caught.value)


def test_what_is_no_key_is_never_shown(memory: Memory) -> None:
    keyring.set_password("promptkit", "shop", f"Bearer {CANARY}")
    with pytest.raises(SettingsError, match="entry promptkit/shop holds something") as caught:
        key_of("shop", a_provider(), {})
    assert CANARY not in str(caught.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingsError, match="keyrings are not read") as caught:
        key_of("shop", a_provider(), {})
    assert "pip install 'brand-promptkit[keyring]'" in str(caught.value)


@pytest.mark.parametrize("value", [CANARY, "shop", "/shop", "promptkit/"])
def test_an_entry_is_a_service_and_a_name(value: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        f"providers: {{shop: {{base_url: 'https://x.example/v1', key_keyring: {value}}}}}"
    )
    with pytest.raises(SettingsError, match="must be service/name") as caught:
        Kit(tmp_path)
    assert CANARY not in str(caught.value)


def test_a_picture_is_paid_with_it_and_it_stands_nowhere(
    memory: Memory, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    keyring.set_password("promptkit", "shop", CANARY)
    with FakeOpenAI() as fake:
        (tmp_path / FILE).write_text(
            "tiers: {preview: {model: shop/gpt-image-2.5-flare, n: 1}}\n"
            f"providers: {{shop: {{base_url: '{fake.base_url}', key_keyring: {ENTRY}}}}}\n"
        )
        with Kit(tmp_path) as kit:
            run = kit.preview(kit.compose("packshot", "tidewell", {"product": "can"}))
            assert CANARY not in repr(vars(kit)) + repr(kit.settings)
        assert fake.pictures_charged == len(run.images) == 1
    found = examine(tmp_path, {}, "1", {})
    (keys,) = [check for check in found.checks if check.name == "keys"]
    assert "the keyring's promptkit/shop is set" in keys.said
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in "".join(capfd.readouterr())


def test_the_doctor_says_what_the_keyring_lacks(memory: Memory, tmp_path: Path) -> None:
    rewriter = "base_url: https://x.example/v1, model: m, free: true, key_keyring: a/b"
    (tmp_path / FILE).write_text(
        f"rewriter: {{{rewriter}}}\n"
        "tiers: {preview: {model: openai/gpt-image-2.5-flare}}\n"
        "providers: {openai: {key_keyring: promptkit/shop}}\n"
    )
    (keys,) = [check for check in examine(tmp_path, {}, "1", {}).checks if check.name == "keys"]
    assert [item.rule for item in keys.findings] == ["missing-key"]
    assert "the keyring's a/b is not set (the rewriter)" in keys.said
    keyring.set_password("a", "b", CANARY)
    (keys,) = [check for check in examine(tmp_path, {}, "1", {}).checks if check.name == "keys"]
    assert "the keyring's a/b is set (the rewriter)" in keys.said
