"""Keys, looked up when they are needed: in the environment, or in the system's keyring.

They stand in no file, message or log. Keyrings are read with the extra ``keyring``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from promptkit.errors import Finding, SettingsError
from promptkit.settings import COMP, FILE, JudgeSettings, ProviderSettings, RewriterSettings


def key_of(
    provider: str,
    settings: ProviderSettings | RewriterSettings,
    env: Mapping[str, str] | None = None,
) -> str:
    """Return a provider's key, or the rewriter's: from its variable, else from the keyring.

    Raises:
        SettingsError: neither is named, holds a key, or can be read; or it holds what is no key.
    """
    env = os.environ if env is None else env
    variable, entry = settings.key_env, settings.key_keyring
    if not (variable or entry):
        fix = f"add providers.{provider}.key_env to {FILE}: the variable that holds the key"
        raise SettingsError(Finding("no-key-variable", f"{provider} names no key", fix=fix))
    key, where = env.get(variable, "").strip() if variable else "", f"the variable {variable}"
    if not key and entry:
        key, where = _keyring_key(entry), f"the keyring's entry {entry}"
    if not key:
        raise SettingsError(_missing(provider, settings))
    if not (key.isascii() and key.isprintable()) or set(key) & set(" \"'"):
        raise SettingsError(
            Finding(
                "bad-key",
                f"{where} holds something that is no key",
                fix="a key is one word, without spaces or quotes; copy it again",
            )
        )
    return key


def _missing(provider: str, settings: ProviderSettings | RewriterSettings) -> Finding:
    without = f"the model “{COMP}” needs no key"
    if isinstance(settings, JudgeSettings):
        without = "only `judge` asks for it"
    elif isinstance(settings, RewriterSettings):
        without = "leave out --rewrite to do without"
    lacks, fixes = [], []
    if settings.key_env:
        lacks.append(f"the variable {settings.key_env} is not set")
        fixes.append(f"set it: export {settings.key_env}=…")
    if settings.key_keyring:
        lacks.append(f"the keyring has no entry {settings.key_keyring}")
        fixes.append(f"keyring set {settings.key_keyring.replace('/', ' ', 1)}")
    message = f"{provider} needs a key, and {' and '.join(lacks)}"
    return Finding("missing-key", message, fix=f"{', or '.join(fixes)}; {without}")


def _keyring_key(entry: str) -> str:
    """Return what the keyring holds under ``service/name``, or "" when it holds nothing there.

    Raises:
        SettingsError: there is no keyring, or it stays locked.
    """
    try:
        import keyring
    except ImportError:
        message = f"the key is to come from the keyring's entry {entry}, and keyrings are not read"
        fix = "pip install 'brand-promptkit[keyring]'; or set the variable of key_env"
        raise SettingsError(Finding("no-keyring", message, fix=fix)) from None
    service, _, name = entry.partition("/")
    try:
        return (keyring.get_password(service, name) or "").strip()
    except Exception as cause:  # backends raise what they like
        # Of whatever it is only the kind is told; an entry's name is no secret.
        message = f"the keyring's entry {entry} cannot be read: {type(cause).__name__}"
        fix = "unlock the keyring (`keyring diagnose` shows which), or set the variable of key_env"
        raise SettingsError(Finding("no-keyring", message, fix=fix)) from None
