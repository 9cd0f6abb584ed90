"""Options of a connection in the place of one parameter of a verb: each also from the environment."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer


def connection_option(name: str, metavar: str, told: str) -> Any:
    """An option of a connection; its variable is its name: COPYDESK_SASL_USERNAME for --sasl-username."""
    variable = "COPYDESK_" + name.removeprefix("--").replace("-", "_").upper()
    return typer.Option(name, envvar=variable, metavar=metavar, help=told, show_default=False)


def taking_options(
    verb: Callable[..., None],
    parameter: str,
    options: Mapping[str, Any],
    made_of: Callable[..., object],
    *,
    shared: tuple[str, ...] = (),
) -> Callable[..., None]:
    """The verb with `options` in the place of its `parameter`, which is what `made_of` makes of them.

    An option that is not given is `None`. `made_of` is also handed those of the verb's own parameters that `shared` names
    and the verb has.
    """

    @wraps(verb)
    def told(**values: Any) -> None:
        given = {name: values.pop(name, None) for name in options}
        given |= {name: values[name] for name in shared if name in values}
        verb(**{parameter: made_of(**given)}, **values)

    own = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for each in inspect.signature(verb).parameters.values()
        if each.name != parameter
    ]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
        )
        for name, option in options.items()
    ]
    # typer asks for both; what it calls takes all of them by name.
    told.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
    told.__annotations__ = {each.name: each.annotation for each in (*own, *added)}
    return told
