"""`elsewhere serve`: a model as a typed JSON service."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from elsewhere.cli.options import OptionParser, at_least_one, model_parser, port
from elsewhere.errors import ConfigError

if TYPE_CHECKING:
    from elsewhere.gallery import Gallery
    from elsewhere.inference import ExportedModel, Model


def run(argv: list[str]) -> int:
    """Serve a model until a signal ends it."""
    options = serving_options(
        "serve",
        "Serve a model as JSON over HTTP: POST /predict, /explain, /embed, /compare, and with a "
        "gallery /search, /label, /undo; GET /health, /metrics, /openapi.json. Requests that come "
        "together are answered together. SIGTERM or Ctrl-C ends it once what was begun is "
        "answered.",
        8000,
    ).parse_args(argv)
    return serve(options)


def serve(options: Namespace, *, page: bool = False) -> int:
    """Serve a model, with the page or without it."""
    from elsewhere.serving import Limits, address, listen, run, service, token_for

    limits = Limits(file_bytes=options.megabytes * 10**6, pixels=options.megapixels * 10**6)
    token = token_for(options.host, options.token)
    keep = _folder(options.keep)
    with listen(options.host, options.port) as listening:
        model, gallery = _open(options)
        asked = {"limits": limits, "token": token, "keep": keep, "batch": options.batch}
        app = service(model, gallery, **asked)
        place = address(listening)
        if page:
            from elsewhere.serving import mount_page

            app = mount_page(app)
        print("\n".join(_said(options, place, token, page)), flush=True)
        run(app, listening, limits)
    return 0


def _said(options: Namespace, place: str, token: str | None, page: bool) -> list[str]:
    lines = [f"{options.model}: {place} (Ctrl-C ends it)"]
    if token is not None and options.token is None:
        lines.append(f"token, made for this time: {token}")
        lines.append(
            f"open {place}?token={token}" if page else "send it as Authorization: Bearer TOKEN"
        )
    return lines


def _folder(name: str | None) -> Path | None:
    if name is None:
        return None
    if not name or (Path(name).exists() and not Path(name).is_dir()):
        raise ConfigError(f"--keep {name}: not a folder; name one to keep images in")
    return Path(name)


def _open(options: Namespace) -> "tuple[Model | ExportedModel, Gallery | None]":
    if options.gallery is None:
        from elsewhere.inference import open_model

        return open_model(options.model, options.device), None
    from elsewhere.gallery import open_gallery

    gallery = open_gallery(options.gallery, options.model, options.device)
    return cast("Model | ExportedModel", gallery.model), gallery


def serving_options(verb: str, description: str, usual_port: int) -> OptionParser:
    """The options of `serve` and `app`, which is found at `usual_port` if nothing else is said."""
    parser = model_parser(
        verb,
        f"{description} Only this machine can ask, unless --host names an address of its network; "
        "then every request has to show a token. Images are limited in bytes and pixels before "
        "they are decoded, and not kept. Needs elsewhere[app].",
    )
    parser.add_argument(
        "--gallery",
        metavar="GALLERY",
        help="a gallery of this model, to search and label in; made where there is none",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to be found at; 0.0.0.0 for all [127.0.0.1]"
    )
    parser.add_argument(
        "--port", type=port, default=usual_port, help=f"0 takes any that is free [{usual_port}]"
    )
    parser.add_argument(
        "--token", metavar="WORD", help="what requests have to show [made where one is needed]"
    )
    parser.add_argument(
        "--keep", metavar="DIR", help="keep the images, named by the hash of their content"
    )
    parser.add_argument(
        "--megabytes", type=at_least_one, default=20, metavar="N", help="largest file [20]"
    )
    parser.add_argument(
        "--megapixels", type=at_least_one, default=50, metavar="N", help="largest image [50]"
    )
    parser.add_argument(
        "--batch", type=at_least_one, default=16, metavar="N", help="images looked at together [16]"
    )
    parser.add_argument(
        "--device", default="auto", help="cpu, cuda …; auto takes a GPU if there is one [auto]"
    )
    return parser
