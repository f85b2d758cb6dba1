"""`elsewhere app`: a model in the browser."""

from elsewhere.cli.serve import serve, serving_options


def run(argv: list[str]) -> int:
    """Show a model's page until a signal ends it."""
    options = serving_options(
        "app",
        "Open a page to ask a model on: drop an image, and see its answer, where the model looked "
        "and what it used; then paint or choose another attention, and watch the answer change. "
        "With a gallery: who it is, what made each match alike, confirm or correct. The JSON "
        "service of elsewhere serve answers at the same address. Nothing is fetched from "
        "elsewhere.",
        7860,
    ).parse_args(argv)
    return serve(options, page=True)
