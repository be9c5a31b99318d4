"""Options from files and the environment: `dedup.toml` or pyproject.toml, then `DEDUP_...`, then the command line.

Public: `Settings` (found once a run), `config` (the command that shows them).
"""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

PREFIX = "DEDUP_"
FILE_VARIABLE = "DEDUP_CONFIG"
OTHERS = {FILE_VARIABLE, "DEDUP_TRACEBACK", "DEDUP_PACKS", "DEDUP_PLAIN_NUMBA"}  # variables that are no options
OWN_FILE, SHARED_FILE = "dedup.toml", "pyproject.toml"
Values = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """A value and where it comes from."""

    value: Any
    source: str


def commands_of(root: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Return an iterator over all commands that do something, each with its names."""
    if isinstance(root, click.Group):
        for name, inner in root.commands.items():
            yield from commands_of(inner, (*path, name))
    else:
        yield path, root


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that a file may set, by their long names without the dashes."""
    named: dict[str, click.Option] = {}
    for option in command.params:
        if isinstance(option, click.Option):
            name = next((name for name in option.opts if name.startswith("--")), None)
            if name:
                named[name.removeprefix("--")] = option
    return named


class Settings:
    """What files and the environment say, for each command and option."""

    def __init__(self, root: click.Group) -> None:
        self.commands = {path: options_of(command) for path, command in commands_of(root)}
        self.found: dict[tuple[tuple[str, ...], str], Setting] = {}
        self._read_files()
        self._read_environment()

    def defaults(self) -> Values:
        """Return all values as click wants its defaults: nested by command, under the names of parameters."""
        tree: Values = {}
        for (path, name), setting in self.found.items():
            inner = tree
            for part in path:
                inner = inner.setdefault(part, {})
            parameter = str(self.commands[path][name].name)
            inner[parameter] = setting.value
        return tree

    def _read_files(self) -> None:
        path, table = _find_file()
        if path is not None:
            self._take(path, table, ())

    def _take(self, path: Path, table: Mapping[str, Any], inside: tuple[str, ...]) -> None:
        for key, value in table.items():
            below = (*inside, key)
            name = key.replace("_", "-")
            if isinstance(value, dict) and any(command[: len(below)] == below for command in self.commands):
                continue
            within = [command for command in self.commands if command[: len(inside)] == inside]
            having = [command for command in within if name in self.commands[command]]
            if not having:
                raise click.UsageError(f"{path}: {self._unknown('.'.join(below), name, within, inside)}")
            for command in having:
                checked = _checked(self.commands[command][name], value, f"{path}: {'.'.join(below)}")
                self.found[command, name] = Setting(checked, str(path))
        for key, value in table.items():  # tables come later: what is said of one command counts more than of all
            below = (*inside, key)
            if isinstance(value, dict) and any(command[: len(below)] == below for command in self.commands):
                self._take(path, value, below)

    def _unknown(self, key: str, name: str, within: list[tuple[str, ...]], inside: tuple[str, ...]) -> str:
        known = {option for command in within for option in self.commands[command]}
        known |= {command[len(inside)] for command in within if len(command) > len(inside)}
        near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
        return f"unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")

    def _read_environment(self) -> None:
        for variable in sorted(os.environ, key=len):  # DEDUP_LEVEL before DEDUP_SCAN_LEVEL, which counts more
            if not variable.startswith(PREFIX) or variable in OTHERS:
                continue
            for command, options in self.commands.items():
                for name, option in options.items():
                    flat = name.upper().replace("-", "_")
                    if variable in (PREFIX + flat, "_".join((PREFIX[:-1], *map(str.upper, command), flat))):
                        value = _checked(option, os.environ[variable], variable)
                        self.found[command, name] = Setting(value, variable)


def _find_file() -> tuple[Path | None, Mapping[str, Any]]:
    """Return the settings of the nearest file: the one that `DEDUP_CONFIG` names, else of this folder or one above."""
    if told := os.environ.get(FILE_VARIABLE):
        return Path(told), _toml(Path(told))
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (own := folder / OWN_FILE).is_file():
            return own, _toml(own)
        shared = folder / SHARED_FILE
        if shared.is_file():
            table = _toml(shared).get("tool", {}).get("dedup")
            if table is not None:
                return shared, table
    return None, {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise click.UsageError(f"{path}: cannot be read as TOML ({e})") from None


def _checked(option: click.Option, value: Any, where: str) -> Any:
    """Return a value as the option takes it. Raises `click.UsageError` naming where it stands."""
    if option.multiple and isinstance(value, str):
        value = value.split(",")
    if isinstance(value, bool) and not option.is_flag:
        raise click.UsageError(f"{where}: {value} is no value of --{option.name}")
    try:
        return option.type_cast_value(click.Context(click.Command("dedup")), value)
    except click.BadParameter as e:
        raise click.UsageError(f"{where}: {e.message}") from None
    except TypeError:
        raise click.UsageError(f"{where}: {value!r} is no value for this option") from None


@click.group(short_help="Show the settings and where they come from.")
def config() -> None:
    """Show the settings and where they come from: a file, the environment, or the default."""


@config.command(short_help="Show every setting with its source.", epilog="Example: dedup config show scan")
@click.argument("command", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each setting.")
@click.pass_context
def show(ctx: click.Context, command: tuple[str, ...], as_json: bool) -> None:
    """Show the settings of a COMMAND (of all without one) and where each value comes from.

    Settings are read from dedup.toml or the table [tool.dedup] of pyproject.toml in this folder or the nearest above
    (DEDUP_CONFIG names another file), then from DEDUP_NAME or DEDUP_COMMAND_NAME, then from options.
    """
    root = ctx.find_root().command
    assert isinstance(root, click.Group)
    settings = Settings(root)
    chosen = [path for path in settings.commands if path[: len(command)] == command]
    if not chosen:
        raise click.UsageError(f"there is no command {' '.join(command)!r}")
    for path in chosen:
        for name, option in settings.commands[path].items():
            setting = settings.found.get((path, name)) or Setting(_default(option), "default")
            value = _plain(setting.value)
            if as_json:
                told = {"command": " ".join(path), "name": name, "value": value, "source": setting.source}
                click.echo(json.dumps(told, ensure_ascii=False))
            else:
                click.echo(f"{'.'.join((*path, name))} = {json.dumps(value, ensure_ascii=False)}  # {setting.source}")


def _default(option: click.Option) -> Any:
    """Return what an option is without anybody's saying."""
    if option.is_flag or option.multiple:
        return [] if option.multiple else False
    told = option.show_default
    return told if isinstance(told, str) and not option.default else option.default


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else None
