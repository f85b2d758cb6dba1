"""`elsewhere configs`: what is shipped, and what a recipe says."""

from elsewhere.cli.options import option_parser
from elsewhere.errors import ConfigError
from elsewhere.recipes.shipped import Shipped, find_shipped, near, shipped


def run(argv: list[str]) -> int:
    """List the shipped recipes and overlays, or print one."""
    parser = option_parser("configs", "List the shipped recipes and overlays, or show one.")
    parser.add_argument("name", nargs="?", metavar="NAME", help="show this one")
    name = parser.parse_args(argv).name
    if name is None:
        print(_overview(shipped()))
        return 0
    item = find_shipped(name)
    if item is None:
        raise ConfigError(f"no recipe or overlay named {name!r} is shipped{near(name)}")
    print(item.text, end="" if item.text.endswith("\n") else "\n")
    return 0


def _overview(items: tuple[Shipped, ...]) -> str:
    width = max((len(item.name) for item in items), default=0)
    lines = []
    for title, overlays in (("recipes", False), ("overlays", True)):
        group = [item for item in items if item.is_overlay is overlays]
        lines.append(f"{title}:" if group else f"{title}: none")
        lines += [f"  {item.name:<{width}}  {item.description}".rstrip() for item in group]
        lines.append("")
    lines.append("Use one with: elsewhere fit --config RECIPE [--config OVERLAY …]")
    lines.append("Show one with: elsewhere configs NAME")
    return "\n".join(lines)
