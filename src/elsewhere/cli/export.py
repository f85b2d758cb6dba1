"""`elsewhere export`: a model in, a file that runs without this package out."""

from typing import TYPE_CHECKING

from elsewhere.cli.options import OptionParser, model_parser

if TYPE_CHECKING:
    from elsewhere.export.writing import Exported


def run(argv: list[str]) -> int:
    """Export a model, and say how far the file is from it."""
    options = _options().parse_args(argv)
    from elsewhere.cli.output import print_plain
    from elsewhere.inference import open_model

    model = open_model(options.model, "cpu")
    written = model.export(
        options.to,
        options.output,
        options.images,
        evidence=options.evidence,
        int8=options.int8,
    )
    print_plain("\n".join(_said(written, drawn=options.images is None)))
    return 0


def _said(written: "Exported", *, drawn: bool) -> list[str]:
    parity = written.parity
    apart = ", ".join(f"{name} {value:.1e}" for name, value in parity.differences.items())
    kind = "drawn images" if drawn else "images"
    same = "all" if parity.same_first == parity.images else f"{parity.same_first} of them"
    return [
        f"{parity.images} {kind}: the same class on {same}; largest difference of each output, as "
        f"a share of its largest value: {apart}",
        f"written: {written.file}, {', '.join(str(file) for file in written.beside)}",
    ]


def _options() -> OptionParser:
    parser = model_parser(
        "export",
        "Write a model as a file that runs without this package: any number of images at a time; "
        "logits, embedding and attention by name; classes and preprocessing inside the file and in "
        "a README beside it. Model and file are compared on images first; where an output differs "
        "by more than 1e-3 of its largest value, or a class is another, nothing is written. Needs "
        "elsewhere[export].",
    )
    parser.add_argument(
        "--to",
        choices=["onnx", "openvino", "torch"],
        required=True,
        help="onnx: for ONNX Runtime and most others; openvino: fastest on Intel and AMD "
        "processors; torch: a program for torch.export.load, which needs torch alone",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="where to [model.onnx, model.xml or model.pt2]"
    )
    parser.add_argument(
        "--images",
        nargs="+",
        metavar="IMAGES",
        help="files, folders or lists to compare model and file on [eight drawn birds]",
    )
    parser.add_argument(
        "--evidence",
        action="store_true",
        help="let the file compute the evidence for the likeliest class, too",
    )
    parser.add_argument(
        "--int8",
        action="store_true",
        help="compute in whole numbers of eight bits (onnx, classifiers): ranges from half of "
        "--images, 32 or more, and no more than one in ten of the others may get another class",
    )
    return parser
